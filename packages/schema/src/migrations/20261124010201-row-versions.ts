import { sql, type Kysely } from "kysely";

/** What people change is counted, row by row, so that a change of what is no longer there to be changed can be refused. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(counting).execute(db);
  await sql.raw(tables.map(counted).join("")).execute(db);
}

const tables = [
  "tenants",
  "users",
  "roles",
  "oidc_providers",
  "mfa_policies",
  "webhook_sources",
  "webhook_destinations",
];

const counting = `
  create function count_version() returns trigger language plpgsql as $$
    begin
      new.version = old.version + 1;
      return new;
    end $$;
  comment on function count_version is 'Counts the changes of a row, whoever makes them: an ETag is made of it.';
`;

const counted = (table: string) => `
  alter table ${table} add column version integer not null default 1;
  create trigger ${table}_version before update on ${table} for each row execute function count_version();
`;
