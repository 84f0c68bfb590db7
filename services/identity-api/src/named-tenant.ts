import { Problem, tenantsNamed } from "@condo/http";
import { resolveTenant, type ResolvedTenant } from "@condo/schema";
import type { FastifyRequest } from "fastify";
import type { Context } from "./context.ts";

/** The tenant that body, header and subdomain name; they may repeat each other, but not differ. */
export function namedTenant(
  request: FastifyRequest,
  baseHost: string,
  slug: string | undefined,
): string | undefined {
  const names = new Set([...(slug ? [slug] : []), ...tenantsNamed(request, baseHost)]);
  if (names.size > 1) throw new Problem(403, "tenant_mismatch", "The request names more than one tenant.");
  return names.values().next().value;
}

/** As {@link namedTenant}, when it is one whose users may log in. */
export async function namedOpenTenant(
  request: FastifyRequest,
  { db, baseHost }: Context,
  slug: string | undefined,
): Promise<ResolvedTenant | undefined> {
  const named = namedTenant(request, baseHost, slug);
  const tenant = named === undefined ? undefined : await resolveTenant(db, named);
  return isOpen(tenant) ? tenant : undefined;
}

export function isOpen(tenant: ResolvedTenant | undefined): boolean {
  return tenant?.status === "active" || tenant?.status === "trial";
}
