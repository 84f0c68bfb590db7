import { sql, type Kysely } from "kysely";

/** The ground: tenants, users, sessions, what webhooks need, the outbox and the audit log. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(roles).execute(db);
  await sql.raw(tenancy).execute(db);
  await sql.raw(webhooks).execute(db);
  await sql.raw(records).execute(db);
  await sql.raw(rowLevelSecurity).execute(db);
  await sql.raw(lookups).execute(db);
}

const roles = `
  do $$ begin
    if not exists (select from pg_roles where rolname = 'condo_app') then
      create role condo_app nologin nobypassrls;
    end if;
    if not exists (select from pg_roles where rolname = 'condo_platform') then
      create role condo_platform nologin nobypassrls;
    end if;
  end $$;
  grant condo_platform to current_user;
  revoke all on schema public from public;
  grant usage on schema public to condo_app, condo_platform;

  create function condo_tenant_id() returns uuid
    language sql stable parallel safe
    return nullif(current_setting('condo.tenant_id', true), '')::uuid;
  comment on function condo_tenant_id is
    'The tenant that the transaction acts for; null when none is set, so that no row matches.';
`;

const tenancy = `
  create table tenants (
    id uuid primary key,
    slug text not null unique check (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
    name text not null check (length(name) between 1 and 200),
    domain text unique check (domain = lower(domain)),
    status text not null default 'active'
      check (status in ('trial', 'active', 'suspended', 'closing', 'closed')),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
  );

  create table users (
    id uuid not null,
    tenant_id uuid not null references tenants,
    email text not null check (email = lower(email) and length(email) <= 320),
    password_hash text not null,
    first_name text not null,
    last_name text not null,
    role text not null check (role in ('super_admin', 'tenant_admin', 'user', 'readonly')),
    is_active boolean not null default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    unique (tenant_id, email)
  );
  create index users_by_email on users (email);

  create table sessions (
    id uuid not null,
    tenant_id uuid not null references tenants,
    user_id uuid not null,
    address inet,
    user_agent text,
    created_at timestamptz not null default now(),
    last_used_at timestamptz not null default now(),
    expires_at timestamptz not null,
    ended_at timestamptz,
    end_reason text,
    primary key (tenant_id, id),
    foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
  );
  create unique index sessions_by_id on sessions (id);
  create index sessions_by_user on sessions (tenant_id, user_id, created_at desc);

  create table refresh_tokens (
    tenant_id uuid not null references tenants,
    token_hash bytea not null check (length(token_hash) = 32),
    session_id uuid not null,
    created_at timestamptz not null default now(),
    rotated_at timestamptz,
    primary key (tenant_id, token_hash),
    foreign key (tenant_id, session_id) references sessions (tenant_id, id) on delete cascade
  );
  create index refresh_tokens_by_session on refresh_tokens (tenant_id, session_id);
  comment on column refresh_tokens.rotated_at is
    'When the token was exchanged for its successor; presenting it later than the grace ends the session.';

  create table signing_keys (
    kid text primary key,
    alg text not null,
    public_jwk jsonb not null,
    private_key_sealed bytea not null,
    state text not null check (state in ('next', 'current', 'previous')),
    created_at timestamptz not null default now()
  );
  create unique index signing_keys_one_current on signing_keys (state) where state = 'current';
`;

const webhooks = `
  create table webhook_sources (
    id uuid not null,
    tenant_id uuid not null references tenants,
    service_name text not null check (service_name ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
    provider text not null,
    config jsonb not null default '{}',
    dedupe_window_seconds integer not null default 259200 check (dedupe_window_seconds between 60 and 2592000),
    is_active boolean not null default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    primary key (tenant_id, id)
  );
  create unique index webhook_sources_by_service on webhook_sources (tenant_id, service_name)
    where deleted_at is null;

  create table webhook_source_secrets (
    id uuid not null,
    tenant_id uuid not null references tenants,
    source_id uuid not null,
    secret_sealed bytea not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    primary key (tenant_id, id),
    foreign key (tenant_id, source_id) references webhook_sources (tenant_id, id) on delete cascade
  );
  create index webhook_source_secrets_by_source on webhook_source_secrets (tenant_id, source_id);

  create table webhook_destinations (
    id uuid not null,
    tenant_id uuid not null references tenants,
    name text not null check (length(name) between 1 and 200),
    url text not null check (length(url) <= 2048),
    event_types text[] not null check (cardinality(event_types) between 1 and 100),
    is_active boolean not null default true,
    disabled_reason text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    primary key (tenant_id, id)
  );

  create table webhook_destination_secrets (
    id uuid not null,
    tenant_id uuid not null references tenants,
    destination_id uuid not null,
    secret_sealed bytea not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    primary key (tenant_id, id),
    foreign key (tenant_id, destination_id) references webhook_destinations (tenant_id, id) on delete cascade
  );
  create index webhook_destination_secrets_by_destination
    on webhook_destination_secrets (tenant_id, destination_id);

  create table webhook_receipts (
    tenant_id uuid not null references tenants,
    source_id uuid not null,
    dedupe_key text not null check (length(dedupe_key) <= 300),
    event_id uuid not null,
    received_at timestamptz not null,
    primary key (tenant_id, source_id, dedupe_key),
    foreign key (tenant_id, source_id) references webhook_sources (tenant_id, id) on delete cascade
  );
  comment on table webhook_receipts is
    'What has been seen, for dedupe: narrow and pruned by window, so that webhook_events can be dropped by time.';

  create table webhook_events (
    id uuid not null,
    tenant_id uuid not null references tenants,
    source_id uuid not null,
    service_name text not null,
    event_type text not null,
    sender_event_id text,
    content_type text,
    headers jsonb not null,
    body bytea not null,
    received_at timestamptz not null,
    recorded_at timestamptz not null default now(),
    retention_days smallint not null default 30 check (retention_days in (7, 30, 90, 365)),
    primary key (tenant_id, id, retention_days),
    foreign key (tenant_id, source_id) references webhook_sources (tenant_id, id)
  ) partition by range (id);
  comment on column webhook_events.retention_days is
    'How long the event is kept, with its deliveries and their attempts: partitions are dropped, rows are not deleted.';

  create table webhook_deliveries (
    id uuid not null,
    tenant_id uuid not null references tenants,
    event_id uuid not null,
    destination_id uuid not null,
    status text not null default 'pending' check (status in ('pending', 'delivered', 'dead', 'discarded')),
    attempts integer not null default 0,
    next_attempt_at timestamptz not null default now(),
    queued_until timestamptz,
    lease_until timestamptz,
    last_status_code integer,
    last_error text,
    created_at timestamptz not null default now(),
    completed_at timestamptz,
    retention_days smallint not null default 30 check (retention_days in (7, 30, 90, 365)),
    primary key (tenant_id, id, retention_days),
    foreign key (tenant_id, destination_id) references webhook_destinations (tenant_id, id)
  ) partition by range (id);
  create index webhook_deliveries_by_event on webhook_deliveries (tenant_id, event_id);
  create index webhook_deliveries_by_destination on webhook_deliveries (tenant_id, destination_id, id desc);
  create index webhook_deliveries_dead on webhook_deliveries (tenant_id, id desc) where status = 'dead';
  create index webhook_deliveries_due on webhook_deliveries (next_attempt_at) where status = 'pending';
  comment on column webhook_deliveries.id is
    'A UUIDv7 that carries the time of its event''s id, and is derived from event and destination.';
  comment on column webhook_deliveries.queued_until is
    'Until when the queue is trusted to hold a job for the delivery; past it, the sweeper makes the job anew.';
  comment on column webhook_deliveries.lease_until is
    'Until when a worker that took the delivery may be sending it; nobody else sends it before.';

  create function delivery_id(event_id uuid, destination_id uuid) returns uuid
    language sql immutable strict parallel safe
    return (
      substr(replace(event_id::text, '-', ''), 1, 12)
      || '7' || substr(md5(event_id::text || destination_id::text), 1, 3)
      || '8' || substr(md5(event_id::text || destination_id::text), 4, 15)
    )::uuid;

  create function event_type_matches(patterns text[], event_type text) returns boolean
    language sql immutable strict parallel safe
    return exists (
      select from unnest(patterns) pattern
      where pattern in ('*', event_type)
        or (right(pattern, 2) = '.*' and starts_with(event_type, left(pattern, -1)))
    );

  create table webhook_attempts (
    tenant_id uuid not null references tenants,
    delivery_id uuid not null,
    number integer not null,
    started_at timestamptz not null,
    duration_ms integer not null,
    status_code integer,
    error text,
    response_excerpt text,
    retention_days smallint not null default 30 check (retention_days in (7, 30, 90, 365)),
    primary key (tenant_id, delivery_id, number, retention_days)
  ) partition by range (delivery_id);

  create table webhook_poison (
    id uuid not null,
    tenant_id uuid,
    reason text not null,
    entry bytea not null,
    set_aside_at timestamptz not null default now(),
    primary key (id)
  );
  comment on table webhook_poison is
    'Intake entries that can''t be recorded (their tenant or source is gone, or they can''t be read), kept whole.';
`;

const records = `
  create table outbox (
    id uuid not null,
    tenant_id uuid not null references tenants,
    type text not null,
    data jsonb not null,
    created_at timestamptz not null default now(),
    relayed_at timestamptz,
    primary key (tenant_id, id)
  );
  create index outbox_waiting on outbox (id) where relayed_at is null;
  create index outbox_relayed on outbox (relayed_at) where relayed_at is not null;

  create function outbox_announce() returns trigger language plpgsql as $$
    begin
      perform pg_notify('condo_outbox', '');
      return null;
    end $$;
  create trigger outbox_announce after insert on outbox
    for each statement execute function outbox_announce();

  create table audit_logs (
    id uuid not null,
    tenant_id uuid not null references tenants,
    actor_type text not null check (actor_type in ('user', 'key', 'service', 'operator', 'anonymous')),
    actor_id text,
    action text not null,
    subject_type text not null,
    subject_id text,
    request_id text,
    address inet,
    before jsonb,
    after jsonb,
    created_at timestamptz not null default now(),
    primary key (tenant_id, id)
  );
`;

const tenantTables = [
  "users",
  "sessions",
  "refresh_tokens",
  "webhook_sources",
  "webhook_source_secrets",
  "webhook_destinations",
  "webhook_destination_secrets",
  "webhook_receipts",
  "webhook_events",
  "webhook_deliveries",
  "webhook_attempts",
  "outbox",
];

const forced = (table: string) => `
  alter table ${table} enable row level security;
  alter table ${table} force row level security;
`;

const tenantPolicy = (table: string, column = "tenant_id") => `
  create policy tenant on ${table} to condo_app
    using (${column} = (select condo_tenant_id())) with check (${column} = (select condo_tenant_id()));
`;

const platformPolicy = (table: string) => `
  create policy platform on ${table} to condo_platform using (true) with check (true);
`;

const rowLevelSecurity = `
  ${["tenants", "signing_keys", "webhook_poison", "audit_logs", ...tenantTables].map(forced).join("")}
  ${tenantTables.map((table) => tenantPolicy(table)).join("")}
  ${tenantPolicy("tenants", "id")}
  ${tenantPolicy("audit_logs")}
  ${["tenants", "webhook_poison", "audit_logs", ...tenantTables].map(platformPolicy).join("")}

  -- Keys that sign tokens belong to no tenant; identity-api alone asks for them.
  create policy keys on signing_keys to condo_app using (true) with check (true);
  grant select, insert, update, delete on signing_keys to condo_app;

  grant select, insert, update, delete on tenants, ${tenantTables.join(", ")} to condo_app, condo_platform;
  grant select, insert, delete on webhook_poison to condo_platform;
  grant select, insert on audit_logs to condo_app, condo_platform;
`;

/** What has to be known before a tenant is: narrow questions, answered past the policies of condo_app. */
const lookups = `
  grant create on schema public to condo_platform;

  create function resolve_tenant(reference text) returns table (id uuid, slug text, status text)
    language sql stable security definer set search_path = pg_catalog, public
    begin atomic
      select t.id, t.slug, t.status from tenants t
      where t.slug = lower(reference) or t.domain = lower(reference)
        or t.id = case when reference ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then reference::uuid end
      order by t.id::text = lower(reference) desc, t.slug = lower(reference) desc
      limit 1;
    end;
  comment on function resolve_tenant is 'A tenant by its id, its slug or its domain, in this order: nobody takes another''s id as slug, or slug as domain.';

  create function tenants_of_email(address text) returns table (tenant_id uuid)
    language sql stable security definer set search_path = pg_catalog, public
    begin atomic
      select u.tenant_id from users u where u.email = lower(address) limit 2;
    end;
  comment on function tenants_of_email is
    'In which tenants an e-mail address has a user: two at most, for a login has to name the tenant then.';

  create function live_sessions(ids uuid[])
    returns table (session_id uuid, tenant_id uuid, tenant_slug text, user_id uuid, role text,
                   email text, first_name text, last_name text)
    language sql stable security definer set search_path = pg_catalog, public
    begin atomic
      select s.id, s.tenant_id, t.slug, s.user_id, u.role, u.email, u.first_name, u.last_name
      from sessions s
      join users u on u.tenant_id = s.tenant_id and u.id = s.user_id
      join tenants t on t.id = s.tenant_id
      where s.id = any (ids)
        and s.ended_at is null and s.expires_at > now()
        and u.is_active and t.status in ('trial', 'active');
    end;
  comment on function live_sessions is
    'Which of these sessions may act now, and as whom. The one place where logout, disabling and suspension show.';

  alter function resolve_tenant owner to condo_platform;
  alter function tenants_of_email owner to condo_platform;
  alter function live_sessions owner to condo_platform;
  revoke create on schema public from condo_platform;
  revoke all on function resolve_tenant, tenants_of_email, live_sessions from public;
  grant execute on function condo_tenant_id, delivery_id, event_type_matches to condo_app, condo_platform;
  grant execute on function resolve_tenant, tenants_of_email, live_sessions to condo_app, condo_platform;
`;
