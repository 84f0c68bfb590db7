import { Readable } from "node:stream";
import { actorOf, identityOf, type App } from "@condo/http";
import { audit, withTenant, type Db, type User } from "@condo/schema";
import { stringify } from "csv-stringify/sync";
import { z } from "zod";
import type { Context } from "../context.ts";
import { listUsers } from "../repositories/users.ts";
import { presentUser } from "./user-schema.ts";

const pageSize = 1_000;

const csvColumns = [
  "id",
  "email",
  "first_name",
  "last_name",
  "role",
  "role_id",
  "is_active",
  "created_at",
  "updated_at",
] as const;

const formats = {
  csv: { type: "text/csv; charset=utf-8", head: `${csvColumns.join(",")}\n`, lines: csvLines },
  ndjson: { type: "application/x-ndjson; charset=utf-8", head: "", lines: jsonLines },
} as const;

const querystring = z.object({
  format: z.enum(["csv", "ndjson"]).default("csv").describe("A table, or an object a line"),
});

export function exportUsers(app: App, { db }: Context): void {
  app.route({
    method: "GET",
    url: "/users/export",
    config: { access: "users:export" },
    schema: {
      tags: ["users"],
      summary: "All users as a file",
      description:
        "Newest first, without the deleted. In CSV, a value that a spreadsheet would take for a formula begins with an apostrophe.",
      querystring,
      produces: ["text/csv", "application/x-ndjson"],
      response: { 200: z.any().describe("CSV with a header line, or NDJSON") },
    },
    handler: async (request, reply) => {
      const { tenantId } = identityOf(request);
      const { format } = request.query;
      await withTenant(db, tenantId, (trx) =>
        audit(trx, {
          tenantId,
          actor: actorOf(request),
          action: "users.exported",
          subjectType: "tenant",
          subjectId: tenantId,
          after: { format },
        }),
      );
      return reply
        .type(formats[format].type)
        .header("content-disposition", `attachment; filename="users.${format}"`)
        .header("cache-control", "no-store")
        .send(Readable.from(fileOf(db, tenantId, format)));
    },
  });
}

async function* fileOf(db: Db, tenantId: string, format: keyof typeof formats): AsyncGenerator<string> {
  const { head, lines } = formats[format];
  if (head) yield head;
  for await (const page of pages(db, tenantId)) yield lines(page);
}

/** A transaction a page: a slow reader holds none open. */
async function* pages(db: Db, tenantId: string): AsyncGenerator<User[]> {
  let after: string | undefined;
  do {
    const filter = { after, limit: pageSize, isDeleted: false };
    const rows = await withTenant(db, tenantId, (trx) => listUsers(trx, filter));
    const page = rows.slice(0, pageSize);
    if (page.length > 0) yield page;
    after = rows.length > pageSize ? page.at(-1)?.id : undefined;
  } while (after);
}

function csvLines(users: User[]): string {
  return stringify(users.map(presentUser), {
    columns: [...csvColumns],
    escape_formulas: true,
    cast: { boolean: String },
  });
}

function jsonLines(users: User[]): string {
  return users.map((user) => `${JSON.stringify(presentUser(user))}\n`).join("");
}
