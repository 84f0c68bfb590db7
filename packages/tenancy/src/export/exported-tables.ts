import { isSecretName, type PlatformTrx, type TenantTrx } from "@condo/schema";
import { sql } from "kysely";

/** What is no data of the tenant's but machinery, and mostly hashes: it means nothing outside of this installation. */
const machinery = new Set([
  "audit_unchained",
  "idempotency_keys",
  "login_attempts",
  "login_steps",
  "mail_tokens",
  "mails",
  "outbox",
  "recovery_codes",
  "refresh_tokens",
  "second_factor_attempts",
  "tenant_erasures",
  "webhook_poison",
  "webhook_receipts",
]);

/** Bytes that are the tenant's own; all others are hashes, or sealed. */
const ownBytes = new Set(["webhook_events.body"]);
/** It has a secret's name, and holds none: credentials among a webhook's headers are never kept. */
const harmless = new Set(["webhook_events.headers"]);

interface ExportedColumn {
  name: string;
  kind: "bytes" | "json" | "plain";
}

export interface ExportedTable {
  name: string;
  columns: ExportedColumn[];
  /** Columns that are left out: secrets, hashes, and what is made of other columns. */
  leftOut: string[];
  /** The primary key beside the tenant, with its types: rows come in its order. */
  key: { name: string; type: string }[];
}

interface CatalogueRow {
  name: string;
  columns: { name: string; type: string; is_generated: boolean }[];
  key: { name: string; type: string }[];
}

/**
 * Every table with rows of tenants, as the catalogue has them, so that a new one is exported without anybody's doing; but
 * for machinery. A new column of bytes, or with a secret's name, is left out.
 */
export async function exportedTables(trx: TenantTrx | PlatformTrx): Promise<ExportedTable[]> {
  const { rows } = await sql<CatalogueRow>`
    select c.relname as name,
      (select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, null),
          'is_generated', a.attgenerated <> '') order by a.attnum)
        from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
      (select coalesce(json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, null)) order by k.place), '[]')
        from pg_index i, unnest(i.indkey) with ordinality k(number, place)
        join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number
        where i.indrelid = c.oid and i.indisprimary and a.attname <> 'tenant_id') as key
    from pg_class c
    where c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = 'public'::regnamespace
      and (c.relname = 'tenants' or exists (
        select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped))
    order by c.relname
  `.execute(trx);
  return rows
    .filter(({ name }) => !machinery.has(name))
    .map(({ name, columns, key }) => {
      const kept = columns.filter((column) => isKept(name, column));
      return {
        name,
        key,
        columns: kept.map((column) => ({ name: column.name, kind: kindOf(column.type) })),
        leftOut: columns.filter((column) => !kept.includes(column)).map((column) => column.name),
      };
    });
}

function isKept(table: string, { name, type, is_generated: isGenerated }: CatalogueRow["columns"][number]) {
  const path = `${table}.${name}`;
  if (isGenerated) return false;
  if (type === "bytea") return ownBytes.has(path);
  return harmless.has(path) || !isSecretName(name);
}

function kindOf(type: string): ExportedColumn["kind"] {
  if (type === "bytea") return "bytes";
  return type === "jsonb" || type === "json" ? "json" : "plain";
}
