import { atEnd, eventually } from "@condo/testing";
import pg from "pg";

const idShape = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** Every row of a tenant as text, by table. */
export type Rows = ReadonlyMap<string, readonly string[]>;

/** Looks past row level security at what the tables hold. */
export interface Witness {
  query(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  rowsOf(tenantId: string): Promise<Rows>;
  /** In which tables the role of requests sees rows that are not `tenantId`'s, or any at all where none is set. */
  strangersSeen(tenantId: string | undefined): Promise<string[]>;
  /** As {@link rowsOf}, once nothing is under way that changes them: no event to relay, no entry to chain, no mail to send. */
  restingRowsOf(tenantId: string): Promise<Rows>;
}

export async function openWitness(superuserUrl: string): Promise<Witness> {
  const url = new URL(superuserUrl);
  url.pathname = "/condo";
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  atEnd(() => client.end());

  const query: Witness["query"] = async (text, values = []) =>
    (await client.query<Record<string, unknown>>(text, values)).rows;
  const tables = (await query(`
    select c.relname as name from pg_class c
    where c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = 'public'::regnamespace
      and exists (select from pg_attribute where attrelid = c.oid and attname = 'tenant_id' and not attisdropped)
    order by 1`)) as { name: string }[];

  async function rowsOf(tenantId: string): Promise<Rows> {
    const rows = new Map<string, string[]>();
    const read = async (name: string, column: string): Promise<void> => {
      const found = await query(`select t::text as row from ${name} t where ${column} = $1 order by 1`, [
        tenantId,
      ]);
      rows.set(
        name,
        found.map(({ row }) => String(row)),
      );
    };
    await read("tenants", "id");
    for (const { name } of tables) await read(name, "tenant_id");
    return rows;
  }

  async function strangersSeen(tenantId: string | undefined): Promise<string[]> {
    const readable = (await query(
      `
      select name from unnest($1::text[]) name where has_table_privilege('condo_app', name::regclass, 'SELECT')`,
      [tables.map(({ name }) => name)],
    )) as { name: string }[];
    const seen: string[] = [];
    await client.query("begin");
    try {
      await client.query("set local role condo_app");
      if (tenantId) await client.query("select set_config('condo.tenant_id', $1, true)", [tenantId]);
      for (const { name } of readable) {
        const { rowCount } = await client.query(
          `select from ${name} where tenant_id is distinct from $1 limit 1`,
          [tenantId ?? null],
        );
        if (rowCount) seen.push(name);
      }
    } finally {
      await client.query("rollback");
    }
    return seen;
  }

  async function restingRowsOf(tenantId: string): Promise<Rows> {
    await eventually("the tenant's rows to rest", async () => {
      const [counts] = await query(
        `select (select count(*) from outbox where tenant_id = $1 and relayed_at is null)
           + (select count(*) from audit_unchained where tenant_id = $1)
           + (select count(*) from mails where tenant_id = $1 and attempts = 0)
           + (select count(*) from replays where tenant_id = $1 and status = 'running') as busy`,
        [tenantId],
      );
      return counts?.["busy"] === "0";
    });
    return rowsOf(tenantId);
  }

  return { query, rowsOf, strangersSeen, restingRowsOf };
}

/** What came to be or went between two looks, a line each, without what is beside the point. */
export function difference(before: Rows, after: Rows, except: readonly string[] = []): string[] {
  return [...after.keys()]
    .filter((table) => !except.includes(table))
    .flatMap((table) => {
      const [old, present] = [new Set(before.get(table)), new Set(after.get(table))];
      const gone = [...old].filter((row) => !present.has(row)).map((row) => `${table} - ${row}`);
      const made = [...present].filter((row) => !old.has(row)).map((row) => `${table} + ${row}`);
      return gone.concat(made);
    });
}

/** Every id that stands anywhere in the rows. */
export function idsIn(rows: Rows): Set<string> {
  return new Set([...rows.values()].flat().flatMap((row) => row.match(idShape) ?? []));
}
