import type { PlatformTrx, TenantTrx } from "@condo/schema";
import { sql, type RawBuilder } from "kysely";
import type { Ask } from "./export-tenant.ts";
import type { ExportedTable } from "./exported-tables.ts";

const batchRows = 500;
/** Bytes of the rows of one batch, beside what is small; one row may go beyond. */
const batchBytes = 4 * 1024 * 1024;

type Row = Record<string, unknown>;
/** A place in a table: the text of its key's columns. */
type Place = string[];

/** A tenant's rows in batches, by the primary key; each in a transaction of its own, asked for when it is wanted. */
export async function* readRows(ask: Ask, table: ExportedTable, tenantId: string): AsyncGenerator<Row[]> {
  const hasBytes = table.columns.some(({ kind }) => kind === "bytes");
  let after: Place | undefined;
  for (;;) {
    const from = after;
    const { rows, last } = await ask(async (trx) => {
      const upTo = hasBytes ? await placeWithin(trx, table, tenantId, from) : undefined;
      if (hasBytes && !upTo) return { rows: [], last: undefined };
      return read(trx, table, tenantId, from, upTo);
    });
    if (rows.length === 0) return;
    yield rows;
    // A table without a key beside the tenant has one row.
    if (table.key.length === 0 || !last) return;
    after = last;
  }
}

async function read(
  trx: TenantTrx | PlatformTrx,
  table: ExportedTable,
  tenantId: string,
  after: Place | undefined,
  upTo: Place | undefined,
): Promise<{ rows: Row[]; last: Place | undefined }> {
  const columns = sql.join(table.columns.map(({ name }) => sql.ref(name)));
  const { rows } = await sql<Row & { place_in_table: Place }>`
    select ${columns}, ${place(table)} as place_in_table from ${sql.table(table.name)}
    where ${isOf(table, tenantId)}
      and ${after ? beside(table, sql`>`, after) : sql`true`} and ${upTo ? beside(table, sql`<=`, upTo) : sql`true`}
    order by ${order(table)} limit ${batchRows}
  `.execute(trx);
  return { rows, last: rows.at(-1)?.place_in_table };
}

/** Up to where a batch may go without being too large; undefined at the end of the table. */
async function placeWithin(
  trx: TenantTrx | PlatformTrx,
  table: ExportedTable,
  tenantId: string,
  after: Place | undefined,
): Promise<Place | undefined> {
  const bytes = table.columns.filter(({ kind }) => kind === "bytes");
  const size = sql.join(
    bytes.map(({ name }) => sql`coalesce(octet_length(${sql.ref(name)}), 0)`),
    sql` + `,
  );
  const { rows } = await sql<{ place_in_table: Place; size: number }>`
    select ${place(table)} as place_in_table, ${size} as size from ${sql.table(table.name)}
    where ${isOf(table, tenantId)} and ${after ? beside(table, sql`>`, after) : sql`true`}
    order by ${order(table)} limit ${batchRows}
  `.execute(trx);
  let total = 0;
  let upTo: Place | undefined;
  for (const row of rows) {
    total += row.size;
    if (upTo && total > batchBytes) break;
    upTo = row.place_in_table;
  }
  return upTo;
}

function isOf({ name }: ExportedTable, tenantId: string): RawBuilder<unknown> {
  return sql`${sql.ref(name === "tenants" ? "id" : "tenant_id")} = ${tenantId}`;
}

function place({ key }: ExportedTable): RawBuilder<unknown> {
  return sql`array[${sql.join(key.map(({ name }) => sql`${sql.ref(name)}::text`))}]::text[]`;
}

function order({ key }: ExportedTable): RawBuilder<unknown> {
  return key.length === 0 ? sql`1` : sql.join(key.map(({ name }) => sql.ref(name)));
}

function beside({ key }: ExportedTable, operator: RawBuilder<unknown>, at: Place): RawBuilder<unknown> {
  const columns = sql.join(key.map(({ name }) => sql.ref(name)));
  const values = sql.join(key.map(({ type }, index) => sql`${at[index] ?? null}::text::${sql.raw(type)}`));
  return sql`(${columns}) ${operator} (${values})`;
}
