import { sql, type Kysely } from "kysely";

/** Programs of the operator's that act for tenants, one tenant a token. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(table).execute(db);
  await sql.raw(lookups).execute(db);
}

const table = `
  create table service_clients (
    name text primary key check (name ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
    secret_hash bytea not null check (length(secret_hash) = 32),
    previous_secret_hash bytea check (length(previous_secret_hash) = 32),
    previous_expires_at timestamptz,
    permissions text[] not null,
    created_at timestamptz not null default now(),
    rotated_at timestamptz,
    revoked_at timestamptz,
    check ((previous_secret_hash is null) = (previous_expires_at is null))
  );
  comment on table service_clients is
    'Services that may ask for tokens. A name stays taken after it is revoked, so that the audit log means one service by it. condo_app reaches it through its functions alone.';
  alter table service_clients enable row level security;
  alter table service_clients force row level security;
  create policy platform on service_clients to condo_platform using (true) with check (true);
  grant select, insert, update on service_clients to condo_platform;
`;

const lookups = `
  grant create on schema public to condo_platform;

  create function is_service_client(client text, hash bytea) returns boolean
    language sql stable security definer set search_path = pg_catalog, public
    begin atomic
      select exists (
        select from service_clients c
        where c.name = client and c.revoked_at is null
          and (c.secret_hash = hash or (c.previous_secret_hash = hash and c.previous_expires_at > now()))
      );
    end;
  comment on function is_service_client is 'Whether a service that is not revoked has this secret, or had it until a moment ago.';

  create function live_service_clients(names text[], tenant_ids uuid[])
    returns table (name text, permissions text[], tenant_id uuid, tenant_slug text)
    language sql stable security definer set search_path = pg_catalog, public
    begin atomic
      select c.name, c.permissions, t.id, t.slug
      from unnest(names, tenant_ids) asked(name, tenant_id)
      join service_clients c on c.name = asked.name
      join tenants t on t.id = asked.tenant_id
      where c.revoked_at is null and t.status in ('trial', 'active');
    end;
  comment on function live_service_clients is
    'Which of these services may act now for the tenant beside them, and with which permissions: the one place where revoking a service and suspending a tenant show.';

  alter function is_service_client owner to condo_platform;
  alter function live_service_clients owner to condo_platform;
  revoke create on schema public from condo_platform;
  revoke all on function is_service_client, live_service_clients from public;
  grant execute on function is_service_client, live_service_clients to condo_app, condo_platform;
`;
