import { emit } from "@condo/events";
import { actorOf, identityOf, notFound, type App } from "@condo/http";
import { audit, withTenant } from "@condo/schema";
import { z } from "zod";
import type { Context } from "../context.ts";
import { deleteDomain as remove, lockDomain } from "../repositories/tenant-domains.ts";
import { domainParams } from "./domain-schema.ts";

export function deleteDomain(app: App, { db }: Context): void {
  app.route({
    method: "DELETE",
    url: "/tenants/current/domains/:domain",
    config: { access: "tenant:write" },
    schema: {
      tags: ["tenants"],
      summary: "Take a domain from the tenant",
      description: "It stands for the tenant no more, and can be proven by another.",
      params: domainParams,
      response: { 204: z.null() },
    },
    handler: async (request, reply) => {
      const { domain } = request.params;
      const { tenantId } = identityOf(request);
      await withTenant(db, tenantId, async (trx) => {
        const before = await lockDomain(trx, domain);
        if (!before) throw notFound("domain");
        await remove(trx, tenantId, domain);
        await emit(trx, tenantId, "tenant.domain_changed", { domain, status: "removed" });
        await audit(trx, {
          tenantId,
          actor: actorOf(request),
          action: "tenant_domain.removed",
          subjectType: "tenant_domain",
          subjectId: domain,
          before: { status: before.status },
        });
      });
      return reply.code(204).send(null);
    },
  });
}
