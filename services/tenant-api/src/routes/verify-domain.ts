import { emit } from "@condo/events";
import { actorOf, identityOf, notFound, type App } from "@condo/http";
import { audit, withTenant } from "@condo/schema";
import { assertFeature, assertNotOurs } from "@condo/tenancy";
import type { Context } from "../context.ts";
import { isProven } from "../domain-proof.ts";
import { takenExplained } from "../errors.ts";
import { checkedDomain, findDomain, lockDomain } from "../repositories/tenant-domains.ts";
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
        "`status` says what came of it. A verified domain whose record is gone is `lapsed`, and stands for the tenant no more; where DNS does not answer (503), all stays as it is.",
      params: domainParams,
      response: { 200: domainSchema },
    },
    handler: async (request) => {
      const { domain } = request.params;
      const { tenantId } = identityOf(request);
      assertNotOurs("params.domain", domain, baseHost);
      const asked = await withTenant(db, tenantId, (trx) => findDomain(trx, domain));
      if (!asked) throw notFound("domain");
      const proven = await isProven(asked, resolveTxt);
      const row = await withTenant(db, tenantId, async (trx) => {
        const before = await lockDomain(trx, domain);
        // It was taken away, and perhaps added anew, while DNS was asked.
        if (before?.token !== asked.token) throw notFound("domain");
        if (proven) await assertFeature(trx, tenantId, "custom_domain");
        const unproven = before.status === "verified" ? "lapsed" : before.status;
        const after = await checkedDomain(trx, domain, proven ? "verified" : unproven);
        if (after.status === before.status) return after;
        await emit(trx, tenantId, "tenant.domain_changed", { domain, status: after.status });
        await audit(trx, {
          tenantId,
          actor: actorOf(request),
          action: `tenant_domain.${after.status}`,
          subjectType: "tenant_domain",
          subjectId: domain,
          before: { status: before.status },
          after: { status: after.status },
        });
        return after;
      }).catch(takenExplained);
      return presentDomain(row);
    },
  });
}
