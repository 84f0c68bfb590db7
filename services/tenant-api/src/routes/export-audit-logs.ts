import { Readable } from "node:stream";
import { actorOf, identityOf, type App } from "@condo/http";
import { audit, withTenant, type Db } from "@condo/schema";
import { z } from "zod";
import type { Context } from "../context.ts";
import { csvLine } from "../csv-line.ts";
import { listAuditLogs, type AuditLogFilter, type ChainedAuditLog } from "../repositories/audit-logs.ts";
import { auditLogFilters, auditLogSchema, filterOf, presentAuditLog } from "./audit-log-schema.ts";

const batchSize = 500;

const querystring = z.object({
  ...auditLogFilters,
  format: z.enum(["ndjson", "csv"]).default("ndjson").describe("An object a line, or a table"),
});

const columns = auditLogSchema.keyof().options;

/** How each format writes: what comes first, and a row. */
const formats = {
  ndjson: {
    type: "application/x-ndjson",
    head: "",
    line: (row: ChainedAuditLog) => `${JSON.stringify(presentAuditLog(row))}\n`,
  },
  csv: {
    type: "text/csv; charset=utf-8; header=present",
    head: csvLine(columns),
    line: (row: ChainedAuditLog) => {
      const entry = presentAuditLog(row);
      return csvLine(columns.map((column) => entry[column]));
    },
  },
} satisfies Record<
  z.output<typeof querystring>["format"],
  { type: string; head: string; line: (row: ChainedAuditLog) => string }
>;

export function exportAuditLogs(app: App, { db }: Context): void {
  app.route({
    method: "GET",
    url: "/audit-logs/export",
    config: { access: "audit_logs:read" },
    schema: {
      tags: ["audit log"],
      summary: "Take audit entries out as a file, newest first",
      description: "One entry a line, streamed. The export is an entry itself.",
      querystring,
      produces: ["application/x-ndjson", "text/csv"],
      response: { 200: z.any().describe("NDJSON, or CSV with a header line") },
    },
    handler: async (request, reply) => {
      const { tenantId } = identityOf(request);
      const { format, ...filters } = request.query;
      const { type, head, line } = formats[format];
      await withTenant(db, tenantId, (trx) =>
        audit(trx, {
          tenantId,
          actor: actorOf(request),
          action: "audit_log.exported",
          subjectType: "audit_log",
          subjectId: null,
          after: { format, ...filters },
        }),
      );
      return reply
        .type(type)
        .header("content-disposition", `attachment; filename="audit-logs.${format}"`)
        .header("cache-control", "no-store")
        .send(
          Readable.from(lines(db, tenantId, filterOf(filters), head, line), {
            objectMode: false,
            highWaterMark: 65_536,
          }),
        );
    },
  });
}

/** Reads on only when what was read is on its way, each batch in a transaction of its own. */
async function* lines(
  db: Db,
  tenantId: string,
  filter: AuditLogFilter,
  head: string,
  line: (row: ChainedAuditLog) => string,
): AsyncGenerator<string> {
  if (head !== "") yield head;
  let after: string | undefined;
  for (;;) {
    const rows = await withTenant(db, tenantId, (trx) =>
      listAuditLogs(trx, filter, { after, limit: batchSize }),
    );
    if (rows.length > 0) yield rows.map(line).join("");
    const last = rows.at(-1);
    if (!last || rows.length < batchSize) return;
    after = last.id;
  }
}
