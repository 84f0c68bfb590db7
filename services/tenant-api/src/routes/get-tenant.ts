import { type App, identityOf, notFound, setETag } from "@condo/http";
import { withTenant, type Db } from "@condo/schema";
import { presentTenant, tenantSchema } from "@condo/tenancy";
import type { FastifyReply } from "fastify";
import type { Context } from "../context.ts";
import { sideOf } from "../operator.ts";
import { findTenant } from "../repositories/tenants.ts";
import { tenantParams } from "./tenant-schema.ts";

export function getTenant(app: App, { db }: Context): void {
  app.route({
    method: "GET",
    url: "/tenants/current",
    config: { access: "tenant:read", isConditional: true },
    schema: {
      operationId: "getCurrentTenant",
      tags: ["tenants"],
      summary: "The caller's tenant",
      description: "Its name, state and plan. Its ETag makes a change of it conditional.",
      response: { 200: tenantSchema },
    },
    handler: (request, reply) => read(db, reply, identityOf(request).tenantId),
  });
  app.route({
    method: "GET",
    url: "/tenants/:tenant_id",
    config: { access: "tenant:read", isConditional: true },
    schema: {
      operationId: "getTenant",
      tags: ["tenants"],
      summary: "A tenant",
      description: "The caller's own, or for operators any.",
      params: tenantParams,
      response: { 200: tenantSchema },
    },
    handler: async (request, reply) => {
      sideOf(request, request.params.tenant_id, "tenants:read");
      return read(db, reply, request.params.tenant_id);
    },
  });
}

async function read(db: Db, reply: FastifyReply, tenantId: string) {
  const tenant = await withTenant(db, tenantId, (trx) => findTenant(trx, tenantId));
  if (!tenant) throw notFound("tenant");
  setETag(reply, tenant);
  return presentTenant(tenant);
}
