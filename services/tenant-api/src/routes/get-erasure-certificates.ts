import { afterCursor, notFound, pageOf, pageQuery, toPage, type App } from "@condo/http";
import { platformTenant, withTenant } from "@condo/schema";
import { eraseCertificateSchema } from "@condo/tenancy";
import type { Context } from "../context.ts";
import { operatorOf } from "../operator.ts";
import { findErasure, listErasures } from "../repositories/tenant-erasures.ts";
import { tenantParams } from "./tenant-schema.ts";

const tags = ["tenants"];

export function listErasureCertificates(app: App, { db }: Context): void {
  app.route({
    method: "GET",
    url: "/erasure-certificates",
    config: { access: "tenants:read" },
    schema: {
      tags,
      summary: "List the certificates of erased tenants",
      description: "For operators.",
      querystring: pageQuery,
      response: { 200: pageOf(eraseCertificateSchema) },
    },
    handler: async (request) => {
      operatorOf(request, "tenants:read");
      const { cursor, limit } = request.query;
      const after = afterCursor(cursor);
      const rows = await withTenant(db, platformTenant.id, (trx) =>
        listErasures(trx, { after, limit: limit + 1 }),
      );
      return toPage(
        rows.map(({ erased_tenant_id: id, certificate }) => ({ id, certificate })),
        limit,
        ({ certificate }) => eraseCertificateSchema.parse(certificate),
      );
    },
  });
}

export function getErasureCertificate(app: App, { db }: Context): void {
  app.route({
    method: "GET",
    url: "/erasure-certificates/:tenant_id",
    config: { access: "tenants:read" },
    schema: {
      tags,
      summary: "The certificate of a tenant's erasure, as a file",
      description: "For operators: what was erased where, and when. It outlives the tenant.",
      params: tenantParams,
      response: { 200: eraseCertificateSchema },
    },
    handler: async (request, reply) => {
      operatorOf(request, "tenants:read");
      const { tenant_id: tenantId } = request.params;
      const row = await withTenant(db, platformTenant.id, (trx) => findErasure(trx, tenantId));
      if (!row) throw notFound("erasure certificate");
      return reply
        .header("content-disposition", `attachment; filename="erasure-${tenantId}.json"`)
        .send(eraseCertificateSchema.parse(row.certificate));
    },
  });
}
