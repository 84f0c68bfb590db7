import { sql, type Kysely } from "kysely";

/**
 * Functions that run as their owner look among temporary tables last. Where a search path does not name those, Postgres
 * looks there first: whoever may call the function could put a table, a view or a trigger of their own in the place of what
 * it means, and have it run as the owner.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(paths).execute(db);
}

const paths = `
  do $$
  declare
    name regprocedure;
  begin
    for name in
      select oid from pg_proc
      where pronamespace = 'public'::regnamespace and prosecdef and proconfig @> array['search_path=pg_catalog, public']
    loop
      execute format('alter function %s set search_path = pg_catalog, public, pg_temp', name);
    end loop;
  end $$;
`;
