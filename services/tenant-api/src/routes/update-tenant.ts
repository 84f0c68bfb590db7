import { emit } from "@condo/events";
import { actorOf, identityOf, notFound, type App } from "@condo/http";
import { audit, withTenant, type Db } from "@condo/schema";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { Context } from "../context.ts";
import { domainTaken } from "../errors.ts";
import { findTenant, updateTenant as update } from "../repositories/tenants.ts";
import { presentTenant, tenantChange, tenantSchema } from "./tenant-schema.ts";

export function updateTenant(app: App, { db }: Context): void {
  app.route({
    method: "PUT",
    url: "/tenants/current",
    config: { access: "tenant:write" },
    schema: {
      tags: ["tenants"],
      summary: "Change the caller's tenant",
      body: tenantChange,
      response: { 200: tenantSchema },
    },
    handler: (request) => change(db, request, identityOf(request).tenantId, request.body),
  });
  app.route({
    method: "PUT",
    url: "/tenants/:tenant_id",
    config: { access: "tenant:write" },
    schema: {
      tags: ["tenants"],
      summary: "Change a tenant",
      params: z.object({ tenant_id: z.uuid() }),
      body: tenantChange,
      response: { 200: tenantSchema },
    },
    handler: (request) => change(db, request, request.params.tenant_id, request.body),
  });
}

async function change(
  db: Db,
  request: FastifyRequest,
  tenantId: string,
  body: z.output<typeof tenantChange>,
) {
  const own = identityOf(request).tenantId;
  const tenant = await withTenant(db, own, async (trx) => {
    const before = await findTenant(trx, tenantId);
    if (!before) throw notFound("tenant");
    const after = await update(trx, tenantId, body);
    await emit(trx, tenantId, "tenant.updated", { slug: after.slug });
    await audit(trx, {
      tenantId,
      actor: actorOf(request),
      action: "tenant.updated",
      subjectType: "tenant",
      subjectId: tenantId,
      before: presentTenant(before),
      after: presentTenant(after),
    });
    return after;
  }).catch((error: { constraint?: unknown }) => {
    throw error.constraint === "tenants_domain_key" ? domainTaken() : error;
  });
  return presentTenant(tenant);
}
