import { Readable } from "node:stream";
import { createGzip } from "node:zlib";
import { emit } from "@condo/events";
import { actorOf, identityOf, notFound, type App } from "@condo/http";
import { withTenant, type Tenant } from "@condo/schema";
import { auditBy, exportTenant as archiveOf, type Ask, type By } from "@condo/tenancy";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Context } from "../context.ts";
import { exportUnderWay } from "../errors.ts";
import { sideOf } from "../operator.ts";
import { findTenant } from "../repositories/tenants.ts";
import { tenantParams } from "./tenant-schema.ts";

const tags = ["tenants"];
const response = { 200: z.any().describe("A tar archive, compressed with gzip") };
const description =
  "An archive (`tar.gz`) of JSON lines, a file a table, and a `manifest.json` at its end, without which it is not whole. Secrets and hashes are left out. It is streamed as it is read.";

export function exportTenant(app: App, { db }: Context): void {
  /** Of which tenants this process is sending an archive. */
  const underWay = new Set<string>();

  async function begin(tenantId: string, by: By): Promise<Tenant> {
    if (underWay.has(tenantId)) throw exportUnderWay();
    underWay.add(tenantId);
    try {
      return await withTenant(db, tenantId, async (trx) => {
        const tenant = await findTenant(trx, tenantId);
        if (!tenant) throw notFound("tenant");
        await emit(trx, tenantId, "tenant.exported", { slug: tenant.slug });
        await auditBy(trx, by, {
          tenantId,
          action: "tenant.exported",
          subjectType: "tenant",
          subjectId: tenantId,
        });
        return tenant;
      });
    } catch (error) {
      underWay.delete(tenantId);
      throw error;
    }
  }

  async function send(request: FastifyRequest, reply: FastifyReply, tenantId: string, by: By) {
    const tenant = await begin(tenantId, by);
    const ask: Ask = async (question) => {
      // It takes longer than a moment: a logout ends it.
      if (!(await request.isStillAllowed())) throw new Error("The caller may not export any more");
      return withTenant(db, tenantId, question);
    };
    const archive = Readable.from(archiveOf(ask, tenant), { objectMode: false, highWaterMark: 65_536 });
    const packed = createGzip();
    archive.on("error", (err) => packed.destroy(err));
    packed.on("close", () => {
      archive.destroy();
      underWay.delete(tenantId);
    });
    archive.pipe(packed);
    return reply
      .type("application/gzip")
      .header("content-disposition", `attachment; filename="${tenant.slug}.tar.gz"`)
      .header("cache-control", "no-store")
      .send(packed);
  }

  app.route({
    method: "POST",
    url: "/tenants/current/exports",
    config: { access: "tenant:export" },
    schema: {
      operationId: "exportCurrentTenant",
      tags,
      summary: "Take out everything that the caller's tenant owns",
      description,
      produces: ["application/gzip"],
      response,
    },
    handler: (request, reply) =>
      send(request, reply, identityOf(request).tenantId, { actor: actorOf(request), isOperator: false }),
  });
  app.route({
    method: "POST",
    url: "/tenants/:tenant_id/exports",
    config: { access: "tenant:export" },
    schema: {
      operationId: "exportTenant",
      tags,
      summary: "Take out everything that a tenant owns",
      description,
      params: tenantParams,
      produces: ["application/gzip"],
      response,
    },
    handler: async (request, reply) => {
      const { tenant_id: tenantId } = request.params;
      return send(request, reply, tenantId, sideOf(request, tenantId, "tenants:write"));
    },
  });
}
