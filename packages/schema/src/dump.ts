import { sql, type RawBuilder } from "kysely";
import type { Db } from "./connect.ts";

const isOurs = sql`c.relnamespace = 'public'::regnamespace and c.relname not like 'condo\_migration%' and not c.relispartition`;

/**
 * The schema as text, from the catalogues: what a reviewer reads, and what a test compares. The same on every supported
 * Postgres, so it leaves out what the versions tell differently: NOT NULL constraints and the owner's own rights.
 */
export async function dumpSchema(db: Db): Promise<string> {
  const tables = await lines(
    db,
    sql`
      select c.relname as line from pg_class c
      where ${isOurs} and c.relkind not in ('i', 'I', 't') order by c.relname collate "C"
    `,
  );
  const parts = [
    "-- The schema after all migrations, to read and to compare: not a migration.\n" +
      "-- Renewed by: CONDO_UPDATE_SCHEMA=1 node --test packages/schema/test/schema-drift.test.ts",
    ...(await Promise.all(tables.map((table) => dumpTable(db, table)))),
    ...(await dumpFunctions(db)),
  ];
  return `${parts.join("\n\n")}\n`;
}

async function dumpTable(db: Db, table: string): Promise<string> {
  const c = sql`${table}::regclass`;
  const columns = await lines(
    db,
    sql`
      select '  ' || quote_ident(attname) || ' ' || format_type(atttypid, atttypmod)
        || case when attnotnull then ' not null' else '' end
        || case when attidentity <> '' then ' generated as identity' else '' end
        || case attgenerated when '' then coalesce(' default ' || pg_get_expr(adbin, adrelid), '')
           else ' generated always as (' || pg_get_expr(adbin, adrelid) || ')' end as line
      from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
      where attrelid = ${c} and attnum > 0 and not attisdropped order by attnum
    `,
  );
  const constraints = await lines(
    db,
    sql`
      select '  constraint ' || quote_ident(conname) || ' ' || pg_get_constraintdef(oid) as line
      from pg_constraint where conrelid = ${c} and contype not in ('n', 't')
      order by array_position(array['p', 'u', 'c', 'f'], contype::text), conname collate "C"
    `,
  );
  const rest = await lines(
    db,
    sql`
      select line from (
        select 1, relname as name, pg_get_indexdef(indexrelid) || ';' from pg_index join pg_class on oid = indexrelid
          where indrelid = ${c} and not exists (select from pg_constraint where conindid = indexrelid and contype <> 'f')
        union all
        select 2, '', 'alter table ' || ${table}::text || ' ' || clause || ';' from pg_class,
          unnest(array[
            case when relrowsecurity then 'enable row level security' end,
            case when relforcerowsecurity then 'force row level security' end]) clause
          where pg_class.oid = ${c} and clause is not null
        union all
        select 3, polname, 'create policy ' || quote_ident(polname) || ' on ' || ${table}::text
            || case when polpermissive then '' else ' as restrictive' end
            || case polcmd when 'r' then ' for select' when 'a' then ' for insert' when 'w' then ' for update'
               when 'd' then ' for delete' else '' end
            || ' to ' || array_to_string(array(select case role when 0 then 'public' else role::regrole::text end
                 from unnest(polroles) role order by 1), ', ')
            || coalesce(E'\n  using (' || pg_get_expr(polqual, polrelid) || ')', '')
            || coalesce(E'\n  with check (' || pg_get_expr(polwithcheck, polrelid) || ')', '') || ';'
          from pg_policy where polrelid = ${c}
        union all
        select 4, role, 'grant ' || rights || ' on ' || ${table}::text || ' to ' || role || ';' from ${grants(
          sql`(select relacl from pg_class where oid = ${c})`,
          sql`(select relowner from pg_class where oid = ${c})`,
        )}
        union all
        select 5, tgname, pg_get_triggerdef(oid) || ';' from pg_trigger where tgrelid = ${c} and not tgisinternal
        union all
        select 6, coalesce(lpad(attnum::text, 4, '0'), ''), 'comment on ' || case when attnum is null then 'table ' else 'column ' end
            || ${table}::text || coalesce('.' || attname, '') || ' is ' || quote_literal(description) || ';'
          from pg_description left join pg_attribute on attrelid = objoid and attnum = objsubid and objsubid > 0
          where classoid = 'pg_class'::regclass and objoid = ${c}
      ) as rest (kind, name, line) order by kind, name collate "C", line collate "C"
    `,
  );
  const [partitioned = ""] = await lines(
    db,
    sql`select ' partition by ' || pg_get_partkeydef(${c}) as line from pg_partitioned_table where partrelid = ${c}`,
  );
  return [
    `create table ${table} (`,
    [...columns, ...constraints].join(",\n"),
    `)${partitioned};`,
    ...rest,
  ].join("\n");
}

async function dumpFunctions(db: Db): Promise<string[]> {
  return lines(
    db,
    sql`
      select rtrim(pg_get_functiondef(p.oid), E'\n') || ';'
        || case when proowner::regrole::text in ('condo_platform', 'condo_archivist')
             then E'\nalter function ' || p.oid::regprocedure || ' owner to ' || proowner::regrole || ';' else '' end
        || coalesce((select string_agg(E'\ngrant ' || rights || ' on function ' || p.oid::regprocedure || ' to ' || role || ';', ''
             order by role collate "C")
             from ${grants(sql`coalesce(proacl, acldefault('f', proowner))`, sql`proowner`)}), '')
        || coalesce(E'\ncomment on function ' || p.oid::regprocedure || ' is ' || quote_literal(description) || ';', '') as line
      from pg_proc p left join pg_description on classoid = 'pg_proc'::regclass and objoid = p.oid
      where pronamespace = 'public'::regnamespace
      order by p.oid::regprocedure::text collate "C"
    `,
  );
}

/** Who but the owner may do what: a row for each role, with its rights. */
function grants(acl: RawBuilder<unknown>, owner: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`(
    select case grantee when 0 then 'public' else grantee::regrole::text end as role,
      string_agg(lower(privilege_type), ', ' order by privilege_type) as rights
    from aclexplode(${acl}) where grantee <> ${owner} group by grantee
  ) as granted`;
}

async function lines(db: Db, query: RawBuilder<unknown>): Promise<string[]> {
  const { rows } = await query.execute(db);
  return (rows as { line: string }[]).map((row) => row.line);
}
