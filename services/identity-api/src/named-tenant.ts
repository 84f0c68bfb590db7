import { ownDomain, Problem, tenantsNamed } from "@condo/http";
import { resolveTenant, type ResolvedTenant } from "@condo/schema";
import type { FastifyRequest } from "fastify";
import type { Context } from "./context.ts";

type Asked = Pick<Context, "db" | "baseHost">;

/**
 * The tenant that body, header and host name, each in its way: by slug, id, subdomain or a domain of its own. They may
 * repeat each other, but not differ.
 *
 * @returns null when there is no such tenant; undefined when none is named
 * @throws Problem 403 when they name several
 */
export async function namedTenant(
  request: FastifyRequest,
  { db, baseHost }: Asked,
  slug: string | undefined,
): Promise<ResolvedTenant | null | undefined> {
  const names = new Set([...(slug ? [slug] : []), ...tenantsNamed(request, baseHost)]);
  const domain = ownDomain(request.hostname, baseHost);
  const [named, ofDomain] = await Promise.all([
    Promise.all([...names].map((name) => resolveTenant(db, name))),
    domain === undefined ? undefined : resolveTenant(db, domain),
  ]);
  // A host that is no tenant's is one that an operator gave this service.
  if (ofDomain) named.push(ofDomain);
  const [first] = named;
  if (named.some((other) => other?.id !== first?.id)) {
    throw new Problem(403, "tenant_mismatch", "The request names more than one tenant.");
  }
  return named.length === 0 ? undefined : (first ?? null);
}

/** As {@link namedTenant}, when it is one whose users may log in. */
export async function namedOpenTenant(
  request: FastifyRequest,
  asked: Asked,
  slug: string | undefined,
): Promise<ResolvedTenant | undefined> {
  const tenant = (await namedTenant(request, asked, slug)) ?? undefined;
  return isOpen(tenant) ? tenant : undefined;
}

export function isOpen(tenant: ResolvedTenant | undefined): boolean {
  return tenant?.status === "active" || tenant?.status === "trial";
}
