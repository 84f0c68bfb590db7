import { sql, type Kysely } from "kysely";

/** Users can be deleted and restored, searched, and given roles that their tenant defines; sessions tell of their use. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(roles).execute(db);
  await sql.raw(users).execute(db);
  await sql.raw(lookups).execute(db);
}

const roles = `
  create table roles (
    id uuid not null,
    tenant_id uuid not null references tenants,
    name text not null check (length(name) between 1 and 64),
    description text not null default '' check (length(description) <= 500),
    permissions text[] not null check (cardinality(permissions) <= 200),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id)
  );
  create unique index roles_by_name on roles (tenant_id, lower(name));
  comment on table roles is 'Roles that tenants define. The built-in ones are in code.';

  alter table roles enable row level security;
  alter table roles force row level security;
  create policy tenant on roles to condo_app
    using (tenant_id = (select condo_tenant_id())) with check (tenant_id = (select condo_tenant_id()));
  create policy platform on roles to condo_platform using (true) with check (true);
  grant select, insert, update, delete on roles to condo_app, condo_platform;
`;

/**
 * The folded names are columns, and searched by range in the "C" collation, because of row level security: an index
 * condition has to be leakproof, which comparisons of text are, and \`like\` and \`lower\` are not.
 */
const users = `
  alter table users
    alter column password_hash drop not null,
    add column deleted_at timestamptz,
    add column role_id uuid,
    add column name_folded text collate "C" generated always as (lower(first_name || ' ' || last_name)) stored,
    add column last_name_folded text collate "C" generated always as (lower(last_name)) stored,
    add constraint users_role_id_fkey foreign key (tenant_id, role_id) references roles (tenant_id, id),
    add constraint users_custom_role_check check (role_id is null or role in ('user', 'readonly')),
    drop constraint users_tenant_id_email_key;
  create unique index users_tenant_id_email_key on users (tenant_id, email) where deleted_at is null;
  create index users_email_prefix on users (tenant_id, email collate "C");
  create index users_name_prefix on users (tenant_id, name_folded);
  create index users_last_name_prefix on users (tenant_id, last_name_folded);
  create index users_by_role on users (tenant_id, role_id) where role_id is not null;
  comment on column users.password_hash is 'Null for one who has no password: who was invited, imported or comes by OIDC.';
  comment on column users.role_id is 'A role of the tenant''s own, which then decides instead of the built-in one.';
`;

const lookups = `
  grant create on schema public to condo_platform;

  create or replace function tenants_of_email(address text) returns table (tenant_id uuid)
    language sql stable security definer set search_path = pg_catalog, public
    begin atomic
      select u.tenant_id from users u where u.email = lower(address) and u.deleted_at is null limit 2;
    end;

  drop function live_sessions(uuid[]);
  create function live_sessions(ids uuid[])
    returns table (session_id uuid, tenant_id uuid, tenant_slug text, user_id uuid, role text,
                   custom_permissions text[], email text, first_name text, last_name text, is_touch_due boolean)
    language sql stable security definer set search_path = pg_catalog, public
    begin atomic
      select s.id, s.tenant_id, t.slug, s.user_id, u.role, r.permissions, u.email, u.first_name, u.last_name,
        s.last_used_at < now() - interval '1 minute'
      from sessions s
      join users u on u.tenant_id = s.tenant_id and u.id = s.user_id
      join tenants t on t.id = s.tenant_id
      left join roles r on r.tenant_id = u.tenant_id and r.id = u.role_id
      where s.id = any (ids)
        and s.ended_at is null and s.expires_at > now()
        and u.is_active and u.deleted_at is null and t.status in ('trial', 'active');
    end;
  comment on function live_sessions is
    'Which of these sessions may act now, as whom, and with which permissions: the one place where logout, disabling, deletion, a change of role and suspension show.';

  create function touch_sessions(ids uuid[]) returns void
    language sql volatile security definer set search_path = pg_catalog, public
    begin atomic
      update sessions set last_used_at = now()
      where id in (
        select s.id from sessions s
        where s.id = any (ids) and s.last_used_at < now() - interval '1 minute'
        order by s.id for update skip locked
      );
    end;
  comment on function touch_sessions is
    'Notes that sessions are in use, at most once a minute each. It waits for nobody.';

  alter function live_sessions owner to condo_platform;
  alter function touch_sessions owner to condo_platform;
  revoke create on schema public from condo_platform;
  revoke all on function live_sessions, touch_sessions from public;
  grant execute on function live_sessions, touch_sessions to condo_app, condo_platform;
`;
