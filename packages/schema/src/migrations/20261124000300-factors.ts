import { sql, type Kysely } from "kysely";

/** Keys that rotate in stages, API keys, second factors, passkeys, and sign-in with a tenant's own identity provider. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(signingKeys).execute(db);
  await sql.raw(tables).execute(db);
  await sql.raw(tenantTables.map(tenantRules).join("")).execute(db);
  await sql.raw(lookups).execute(db);
}

const signingKeys = `
  alter table signing_keys add column state_changed_at timestamptz not null default now();
  create unique index signing_keys_one_next on signing_keys (state) where state = 'next';
  create policy platform on signing_keys to condo_platform using (true) with check (true);
  grant select, insert, update, delete on signing_keys to condo_platform;
  comment on column signing_keys.state_changed_at is
    'Since when it is published (next), signs (current), or only verifies what it signed (previous).';
`;

const tables = `
  create table api_keys (
    id uuid not null,
    tenant_id uuid not null references tenants,
    name text not null check (length(name) between 1 and 100),
    prefix text not null,
    secret_hash bytea not null check (length(secret_hash) = 32),
    previous_secret_hash bytea check (length(previous_secret_hash) = 32),
    previous_expires_at timestamptz,
    permissions text[] not null check (cardinality(permissions) between 1 and 200),
    owner_id uuid not null,
    created_at timestamptz not null default now(),
    rotated_at timestamptz,
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz,
    primary key (tenant_id, id),
    foreign key (tenant_id, owner_id) references users (tenant_id, id) on delete cascade,
    check ((previous_secret_hash is null) = (previous_expires_at is null))
  );
  create unique index api_keys_by_secret on api_keys (secret_hash);
  create unique index api_keys_by_previous_secret on api_keys (previous_secret_hash) where previous_secret_hash is not null;
  create unique index api_keys_by_id on api_keys (id);
  create index api_keys_by_owner on api_keys (tenant_id, owner_id);
  comment on column api_keys.owner_id is
    'Who made or last rotated it. A key may never more than its owner may at that moment.';

  create table totp_factors (
    tenant_id uuid not null references tenants,
    user_id uuid not null,
    secret_sealed bytea not null,
    created_at timestamptz not null default now(),
    confirmed_at timestamptz,
    last_used_step bigint not null default 0,
    primary key (tenant_id, user_id),
    foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
  );
  comment on column totp_factors.last_used_step is 'The newest time step whose code was taken: none up to it is taken again.';

  create table recovery_codes (
    tenant_id uuid not null references tenants,
    user_id uuid not null,
    code_hash bytea not null check (length(code_hash) = 32),
    used_at timestamptz,
    primary key (tenant_id, user_id, code_hash),
    foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
  );

  create table passkeys (
    id uuid not null,
    tenant_id uuid not null references tenants,
    user_id uuid not null,
    name text not null check (length(name) between 1 and 100),
    credential_id text not null,
    public_key bytea not null,
    counter bigint not null,
    transports text[] not null default '{}',
    created_at timestamptz not null default now(),
    last_used_at timestamptz,
    primary key (tenant_id, id),
    unique (tenant_id, credential_id),
    foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
  );
  create index passkeys_by_user on passkeys (tenant_id, user_id);

  create table second_factor_attempts (
    tenant_id uuid not null references tenants,
    user_id uuid not null,
    failures integer not null default 0,
    locked_until timestamptz,
    primary key (tenant_id, user_id),
    foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
  );
  comment on table second_factor_attempts is
    'Counted before a code is looked at, so that guesses in parallel are not more than the limit.';

  create table mfa_policies (
    tenant_id uuid not null references tenants,
    is_required boolean not null,
    updated_at timestamptz not null default now(),
    primary key (tenant_id)
  );

  create table login_steps (
    tenant_id uuid not null references tenants,
    token_hash bytea not null check (length(token_hash) = 32),
    purpose text not null check (purpose in ('mfa', 'passkey_registration', 'passkey_login', 'oidc_return', 'oidc_code')),
    user_id uuid,
    data_sealed bytea,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at timestamptz,
    primary key (tenant_id, token_hash),
    foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
  );
  create index login_steps_by_end on login_steps (tenant_id, expires_at);
  comment on table login_steps is
    'What a login waits for: each row is a token for one purpose and one use, with what has to be remembered meanwhile.';

  create table oidc_providers (
    tenant_id uuid not null references tenants,
    issuer text not null check (length(issuer) <= 2048),
    client_id text not null check (length(client_id) <= 500),
    client_secret_sealed bytea not null,
    allowed_domains text[] not null check (cardinality(allowed_domains) between 1 and 50),
    default_role text not null check (default_role in ('user', 'readonly')),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id)
  );

  create table oidc_identities (
    tenant_id uuid not null references tenants,
    issuer text not null,
    subject text not null check (length(subject) <= 255),
    user_id uuid not null,
    created_at timestamptz not null default now(),
    primary key (tenant_id, issuer, subject),
    foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
  );
  create index oidc_identities_by_user on oidc_identities (tenant_id, user_id);
`;

const tenantTables = [
  "api_keys",
  "totp_factors",
  "recovery_codes",
  "passkeys",
  "second_factor_attempts",
  "mfa_policies",
  "login_steps",
  "oidc_providers",
  "oidc_identities",
];

const tenantRules = (table: string) => `
  alter table ${table} enable row level security;
  alter table ${table} force row level security;
  create policy tenant on ${table} to condo_app
    using (tenant_id = (select condo_tenant_id())) with check (tenant_id = (select condo_tenant_id()));
  create policy platform on ${table} to condo_platform using (true) with check (true);
  grant select, insert, update, delete on ${table} to condo_app, condo_platform;
`;

const lookups = `
  grant create on schema public to condo_platform;

  create function live_api_keys(hashes bytea[])
    returns table (secret_hash bytea, key_id uuid, key_name text, tenant_id uuid, tenant_slug text, owner_id uuid, role text,
                   custom_permissions text[], permissions text[], is_touch_due boolean)
    language sql stable security definer set search_path = pg_catalog, public
    begin atomic
      select h.hash, k.id, k.name, k.tenant_id, t.slug, k.owner_id, u.role, r.permissions, k.permissions,
        k.last_used_at is null or k.last_used_at < now() - interval '1 minute'
      from unnest(hashes) h(hash)
      join api_keys k on k.secret_hash = h.hash
        or (k.previous_secret_hash = h.hash and k.previous_expires_at > now())
      join users u on u.tenant_id = k.tenant_id and u.id = k.owner_id
      join tenants t on t.id = k.tenant_id
      left join roles r on r.tenant_id = u.tenant_id and r.id = u.role_id
      where k.revoked_at is null and (k.expires_at is null or k.expires_at > now())
        and u.is_active and u.deleted_at is null and t.status in ('trial', 'active');
    end;
  comment on function live_api_keys is
    'Which of these API keys may act now, for whom, and with which permissions: the one place where revoking, expiry and the end of their owner show.';

  create function touch_api_keys(ids uuid[]) returns void
    language sql volatile security definer set search_path = pg_catalog, public
    begin atomic
      update api_keys set last_used_at = now()
      where (tenant_id, id) in (
        select k.tenant_id, k.id from api_keys k
        where k.id = any (ids) and (k.last_used_at is null or k.last_used_at < now() - interval '1 minute')
        order by k.id for update skip locked
      );
    end;
  comment on function touch_api_keys is 'Notes that API keys are in use, at most once a minute each. It waits for nobody.';

  alter function live_api_keys owner to condo_platform;
  alter function touch_api_keys owner to condo_platform;
  revoke create on schema public from condo_platform;
  revoke all on function live_api_keys, touch_api_keys from public;
  grant execute on function live_api_keys, touch_api_keys to condo_app, condo_platform;
`;
