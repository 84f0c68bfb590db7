import { actorOf, identityOf, type App } from "@condo/http";
import { audit, withTenant } from "@condo/schema";
import { assertFeature, assertNotOurs, domainName } from "@condo/tenancy";
import { z } from "zod";
import type { Context } from "../context.ts";
import { domainKnown, tooManyDomains } from "../errors.ts";
import { insertDomain, listDomains } from "../repositories/tenant-domains.ts";
import { domainSchema, presentDomain } from "./domain-schema.ts";

const mostDomains = 50;

export function createDomain(app: App, { baseHost, db }: Context): void {
  app.route({
    method: "POST",
    url: "/tenants/current/domains",
    config: { access: "tenant:write" },
    schema: {
      tags: ["tenants"],
      summary: "Add a domain of the tenant's own",
      description:
        "It stands for the tenant once it is verified: set the TXT `record` of the answer in DNS, then verify it.",
      body: z.strictObject({ domain: domainName }),
      response: { 201: domainSchema },
    },
    handler: async (request, reply) => {
      const { domain } = request.body;
      assertNotOurs("body.domain", domain, baseHost);
      const { tenantId } = identityOf(request);
      const row = await withTenant(db, tenantId, async (trx) => {
        await assertFeature(trx, tenantId, "custom_domain");
        const row = await insertDomain(trx, tenantId, domain);
        if (!row) throw domainKnown();
        if ((await listDomains(trx)).length > mostDomains) throw tooManyDomains(mostDomains);
        await audit(trx, {
          tenantId,
          actor: actorOf(request),
          action: "tenant_domain.added",
          subjectType: "tenant_domain",
          subjectId: domain,
          after: { domain, status: row.status },
        });
        return row;
      });
      return reply.code(201).send(presentDomain(row));
    },
  });
}
