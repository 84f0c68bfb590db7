import type { PlatformTrx } from "@condo/schema";
import { sql } from "kysely";

/** A table with rows of tenants. */
export interface TenantTable {
  name: string;
  /** Its primary key. */
  key: string[];
}

/** They are erased by a function of their own: no service may delete from the audit log. */
const auditTables = ["audit_logs", "audit_chain", "audit_checkpoints", "audit_unchained"];
/** It holds what is left of tenants that were erased. */
const kept = ["tenant_erasures"];

interface CatalogueRow extends TenantTable {
  refers_to: string[];
}

/**
 * Every table with a `tenant_id`, as the catalogue has them, so that a new one is among them without anybody's doing. A
 * table stands before those that it refers to, so that deleting in this order leaves no row to cascade to.
 */
export async function tenantTables(trx: PlatformTrx): Promise<TenantTable[]> {
  const { rows } = await sql<CatalogueRow>`
    select c.relname as name,
      array(select a.attname::text from pg_index i, unnest(i.indkey) with ordinality k(number, place)
        join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number
        where i.indrelid = c.oid and i.indisprimary order by k.place) as key,
      array(select distinct f.confrelid::regclass::text from pg_constraint f
        where f.conrelid = c.oid and f.contype = 'f' and f.confrelid <> c.oid) as refers_to
    from pg_class c
    where c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = 'public'::regnamespace
      and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped)
      and c.relname <> all (${[...auditTables, ...kept]})
    order by c.relname
  `.execute(trx);
  return childrenFirst(rows);
}

function childrenFirst(tables: readonly CatalogueRow[]): TenantTable[] {
  const left = [...tables];
  const ordered: TenantTable[] = [];
  while (left.length > 0) {
    const free = left.findIndex(({ name }) => !left.some(({ refers_to }) => refers_to.includes(name)));
    // A circle of references: deleting goes round until nothing is left, whichever is first.
    const [{ name, key } = { name: "", key: [] }] = left.splice(Math.max(free, 0), 1);
    ordered.push({ name, key });
  }
  return ordered;
}
