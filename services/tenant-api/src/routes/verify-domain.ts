import { actorOf, identityOf, notFound, type App } from "@condo/http";
import {
  inTenant,
  resolveTenant,
  withTenant,
  type Actor,
  type TenantDomain,
  type TenantTrx,
} from "@condo/schema";
import { assertFeature, assertNotOurs, provenTokens, settleDomain } from "@condo/tenancy";
import type { FastifyRequest } from "fastify";
import type { Context } from "../context.ts";
import { domainTaken, takenExplained } from "../errors.ts";
import { claimDomain, findDomain, lockDomain } from "../repositories/tenant-domains.ts";
import { domainParams, domainSchema, presentDomain } from "./domain-schema.ts";

const checksPerMinute = 30;

export function verifyDomain(app: App, { baseHost, db, resolveTxt }: Context): void {
  app.route({
    method: "POST",
    url: "/tenants/current/domains/:domain/verify",
    config: { access: "tenant:write", rateLimit: { max: checksPerMinute } },
    schema: {
      tags: ["tenants"],
      summary: "Look in DNS whether a domain is the tenant's own",
      description:
        "`status` says what came of it. A verified domain whose record is gone is `lapsed`, and stands for the tenant no more; where DNS does not answer (503), all stays as it is. A domain that another tenant has verified (409) moves once that tenant's record is gone.",
      params: domainParams,
      response: { 200: domainSchema },
    },
    handler: async (request) => {
      const { domain } = request.params;
      const { tenantId } = identityOf(request);
      assertNotOurs("params.domain", domain, baseHost);
      const asked = await withTenant(db, tenantId, (trx) => findDomain(trx, domain));
      if (!asked) throw notFound("domain");
      const proven = await provenTokens(domain, resolveTxt);
      const row = await withTenant(db, tenantId, async (trx) => {
        await claimDomain(trx, domain);
        if (proven.has(asked.token)) await takeFromHolder(trx, request, asked, proven);
        const before = await lockDomain(trx, domain);
        // It was taken away, and perhaps added anew, while DNS was asked.
        if (before?.token !== asked.token) throw notFound("domain");
        if (proven.has(asked.token)) await assertFeature(trx, tenantId, "custom_domain");
        const unproven = before.status === "verified" ? "lapsed" : before.status;
        const status = proven.has(asked.token) ? "verified" : unproven;
        return settleDomain(trx, before, status, actorOf(request));
      }).catch(takenExplained);
      return presentDomain(row);
    },
  });
}

/**
 * Frees a domain from another tenant, whose record DNS has no longer.
 *
 * @throws Problem 409 while that tenant's record is there, or may be
 */
async function takeFromHolder(
  trx: TenantTrx,
  request: FastifyRequest,
  { tenant_id: tenantId, domain, read_at: readAt }: TenantDomain & { read_at: Date },
  proven: ReadonlySet<string>,
): Promise<void> {
  const holder = await resolveTenant(trx, domain);
  if (!holder || holder.id === tenantId) return;
  await inTenant(trx, tenantId, holder.id, async (theirs) => {
    const held = await lockDomain(theirs, domain);
    if (held?.status !== "verified") return;
    // Of two answers of DNS the later one counts, and theirs may be the later one.
    const isTheirsLater = held.checked_at !== null && held.checked_at >= readAt;
    if (proven.has(held.token) || isTheirsLater) throw domainTaken();
    // Who has it from now on is none of the holder's business.
    const actor: Actor = { type: "service", id: "tenant-api", requestId: request.id, address: null };
    await settleDomain(theirs, held, "lapsed", actor, "another tenant has proven it, and the record is gone");
  });
}
