import { sql, type Kysely } from "kysely";

/** Tables that are written all the time, and large: nobody may be kept from them for as long as they take to read. */
export const busyTables: ReadonlySet<string> = new Set([
  "audit_logs",
  "outbox",
  "sessions",
  "users",
  "webhook_attempts",
  "webhook_deliveries",
  "webhook_events",
  "webhook_receipts",
]);

interface Relation {
  oid: string;
  name: string;
  /** The table itself, or the partitioned one that it is a part of. */
  root: string;
  kind: "table" | "index";
  /** The relation's own oid, or that of an index's table. */
  table: string;
  /** The file that the rows are in; another one after a rewrite. */
  file: string;
}

interface Column {
  type: string;
  required: boolean;
  /** Filled in when an INSERT does not name it. */
  filled: boolean;
}

export interface SchemaState {
  relations: Map<string, Relation>;
  /** By table and column. */
  columns: Map<string, Column>;
  /** CHECK and foreign keys that all rows were proven to fulfil, with their tables. */
  proven: Map<string, string>;
  /** What services call, with what it answers. */
  functions: Map<string, string>;
  /** Of tables and indexes, as far as this connection's transaction keeps even readers from them. */
  closed: Set<string>;
}

/** Reads the catalogue as this connection's transaction sees it. */
export async function schemaState(db: Kysely<unknown>): Promise<SchemaState> {
  const relations = await sql<Relation>`
    select c.oid::text, c.relname as name, coalesce(pg_partition_root(t.oid)::regclass, t.oid::regclass)::text as root,
      t.oid::text as table, case when c.oid = t.oid then 'table' else 'index' end as kind, c.relfilenode::text as file
    from pg_class c left join pg_index on indexrelid = c.oid join pg_class t on t.oid = coalesce(indrelid, c.oid)
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'i', 'I')
      and t.relname not like 'condo\\_migration%'
  `.execute(db);
  const columns = await sql<Column & { name: string }>`
    select relname || '.' || attname as name, format_type(atttypid, atttypmod) as type, attnotnull as required,
      atthasdef or attidentity <> '' as filled
    from pg_attribute join pg_class c on c.oid = attrelid
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
      and relname not like 'condo\\_migration%' and attnum > 0 and not attisdropped
  `.execute(db);
  const proven = await sql<{ name: string; root: string }>`
    select conrelid::regclass || '.' || conname as name, conrelid::regclass::text as root from pg_constraint join pg_class c on c.oid = conrelid
    where connamespace = 'public'::regnamespace and contype in ('c', 'f') and convalidated and not relispartition
  `.execute(db);
  const functions = await sql<{ name: string; answer: string }>`
    select oid::regprocedure::text as name, pg_get_function_result(oid) as answer from pg_proc
    where pronamespace = 'public'::regnamespace and prorettype <> 'trigger'::regtype
      and (has_function_privilege('condo_app', oid, 'execute') or has_function_privilege('condo_platform', oid, 'execute'))
  `.execute(db);
  const closed = await sql<{ oid: string }>`
    select relation::text as oid from pg_locks
    where pid = pg_backend_pid() and locktype = 'relation' and mode = 'AccessExclusiveLock'
      and database = (select oid from pg_database where datname = current_database())
  `.execute(db);
  return {
    relations: new Map(relations.rows.map((row) => [row.oid, row])),
    columns: new Map(columns.rows.map((row) => [row.name, row])),
    proven: new Map(proven.rows.map((row) => [row.name, row.root])),
    functions: new Map(functions.rows.map((row) => [row.name, row.answer])),
    closed: new Set(closed.rows.map((row) => row.oid)),
  };
}

/**
 * What a migration did that a running system would suffer from, in sorted sentences: a table closed for as long as it
 * takes to read it, or something gone that code of the release before still uses.
 *
 * @param concurrently it ran outside of a transaction: whether it kept others waiting can't be seen afterwards
 */
export function harm(before: SchemaState, after: SchemaState, concurrently: boolean): string[] {
  const found = new Set([
    ...stops(before, after, concurrently),
    ...lost(before.columns, after.columns, (then, now) => then.type === now.type),
    ...lost(before.functions, after.functions, (then, now) => then === now),
    ...demands(before, after),
  ]);
  return [...found].toSorted();
}

function* stops(before: SchemaState, after: SchemaState, concurrently: boolean): Generator<string> {
  const tables = new Set([...before.relations.values()].map((relation) => relation.root));
  const busy = (root: string) => tables.has(root) && busyTables.has(root);
  for (const [oid, now] of after.relations) {
    const then = before.relations.get(oid);
    if (then && then.file !== now.file) yield* rewritten(before, after, now);
    if (!then && now.kind === "index" && busy(now.root) && before.relations.has(now.table) && !concurrently)
      yield `indexes ${now.root} while nobody may write it`;
  }
  for (const [name, root] of after.proven) {
    if (!before.proven.has(name) && busy(root)) yield `reads all of ${root} to prove ${name}`;
  }
  const closed = [...before.relations.values()]
    .filter(({ oid, root, kind }) => kind === "table" && after.closed.has(oid) && busy(root))
    .map(({ root }) => root);
  const together = [...new Set(closed)].toSorted();
  if (together.length > 1) yield `closes ${together.join(", ")} together`;
}

/** A table that is written anew has its indexes made anew too, which goes without saying. */
function* rewritten(before: SchemaState, after: SchemaState, now: Relation): Generator<string> {
  if (now.kind === "table") yield `rewrites ${now.root}`;
  else if (before.relations.get(now.table)?.file === after.relations.get(now.table)?.file)
    yield `rewrites an index of ${now.root}`;
}

function* lost<T>(
  before: Map<string, T>,
  after: Map<string, T>,
  same: (then: T, now: T) => boolean,
): Generator<string> {
  for (const [name, then] of before) {
    const now = after.get(name);
    if (now === undefined) yield `takes away ${name}`;
    else if (!same(then, now)) yield `changes the type of ${name}`;
  }
}

/** An INSERT of the release before does not name a new column, and may leave out one that was free to be null. */
function* demands(before: SchemaState, after: SchemaState): Generator<string> {
  const tables = new Set([...before.columns.keys()].map(tableName));
  for (const [name, now] of after.columns) {
    const was = before.columns.get(name);
    if (!tables.has(tableName(name)) || !now.required || was?.required) continue;
    if (was || !now.filled) yield `demands ${name} of code that does not know it`;
  }
}

function tableName(column: string): string {
  return column.slice(0, column.indexOf("."));
}
