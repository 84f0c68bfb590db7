import { identityOf, notFound, type App } from "@condo/http";
import { withTenant, type Db } from "@condo/schema";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { Context } from "../context.ts";
import { findTenant } from "../repositories/tenants.ts";
import { presentTenant, tenantSchema } from "./tenant-schema.ts";

export function getTenant(app: App, { db }: Context): void {
  app.route({
    method: "GET",
    url: "/tenants/current",
    config: { access: "tenant:read" },
    schema: { tags: ["tenants"], summary: "The caller's tenant", response: { 200: tenantSchema } },
    handler: (request) => read(db, request, identityOf(request).tenantId),
  });
  app.route({
    method: "GET",
    url: "/tenants/:tenant_id",
    config: { access: "tenant:read" },
    schema: {
      tags: ["tenants"],
      summary: "A tenant",
      params: z.object({ tenant_id: z.uuid() }),
      response: { 200: tenantSchema },
    },
    handler: (request) => read(db, request, request.params.tenant_id),
  });
}

async function read(db: Db, request: FastifyRequest, tenantId: string) {
  const tenant = await withTenant(db, identityOf(request).tenantId, (trx) => findTenant(trx, tenantId));
  if (!tenant) throw notFound("tenant");
  return presentTenant(tenant);
}
