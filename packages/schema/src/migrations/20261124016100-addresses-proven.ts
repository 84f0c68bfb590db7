import { sql, type Kysely } from "kysely";

/**
 * A tenant that gives a user somebody else's address takes no login away: whoever has proved to read mail at it goes before
 * those who have not.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(lookup).execute(db);
}

const lookup = `
  create or replace function tenants_of_email(address text) returns table (tenant_id uuid)
    language sql stable security definer set search_path = pg_catalog, public
    begin atomic
      select named.tenant_id
      from (
        select u.tenant_id, rank() over (order by u.email_verified_at is null) as place
        from users u
        where u.email = lower(address) and u.deleted_at is null
      ) named
      where named.place = 1
      limit 2;
    end;
  comment on function tenants_of_email is
    'In which tenants an e-mail address has a user who has verified it, or has a user at all where none has: two at most, for a login has to name the tenant then.';
`;
