import { afterCursor, identityOf, pageOf, pageQuery, toPage, type App } from "@condo/http";
import { readTenant } from "@condo/schema";
import type { Context } from "../context.ts";
import { listAuditLogs as list } from "../repositories/audit-logs.ts";
import { auditLogFilters, auditLogSchema, filterOf, presentAuditLog } from "./audit-log-schema.ts";

export function listAuditLogs(app: App, { db }: Context): void {
  app.route({
    method: "GET",
    url: "/audit-logs",
    config: { access: "audit_logs:read" },
    schema: {
      tags: ["audit log"],
      summary: "List audit entries, newest first",
      description:
        "Who changed what, when, from where: written in the transaction of the change. All filters have to fit.",
      querystring: pageQuery.extend(auditLogFilters),
      response: { 200: pageOf(auditLogSchema) },
    },
    handler: async (request) => {
      const { cursor, limit, ...filters } = request.query;
      const after = afterCursor(cursor);
      const rows = await readTenant(db, identityOf(request).tenantId, (trx) =>
        list(trx, filterOf(filters), { after, limit: limit + 1 }),
      );
      return toPage(rows, limit, presentAuditLog);
    },
  });
}
