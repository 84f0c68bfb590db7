import { sql, type Kysely } from "kysely";

/** Guesses at passwords are counted, mails are queued, and people are invited, verified and let back in by mail. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(tables).execute(db);
  await sql.raw(tenantTables.map(tenantRules).join("")).execute(db);
  await sql.raw(addresses).execute(db);
  await sql.raw(functions).execute(db);
}

const tables = `
  alter table users add column email_verified_at timestamptz;
  comment on column users.email_verified_at is 'When the user last proved to read mail at the present address.';

  create function users_email_changed() returns trigger language plpgsql as $$
    begin
      new.email_verified_at = null;
      return new;
    end $$;
  create trigger users_email_changed before update of email on users
    for each row when (old.email is distinct from new.email) execute function users_email_changed();

  create table login_attempts (
    tenant_id uuid not null,
    account_hash bytea not null check (length(account_hash) = 32),
    failures integer not null,
    locks integer not null default 0,
    locked_until timestamptz,
    last_attempt_at timestamptz not null default now(),
    primary key (tenant_id, account_hash)
  );
  create index login_attempts_by_time on login_attempts (last_attempt_at);
  comment on table login_attempts is
    'Attempts are counted before the password is looked at, so that guesses in parallel are not more than the limit. By the address''s hash and without foreign keys: an account that is not there is counted alike, and takes as long.';
  comment on column login_attempts.locks is 'How often it was locked since it was last logged in to: each lock is longer.';

  create table mail_tokens (
    tenant_id uuid not null references tenants,
    token_hash bytea not null check (length(token_hash) = 32),
    purpose text not null check (purpose in ('password_reset', 'email_verification')),
    user_id uuid not null,
    email text not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at timestamptz,
    primary key (tenant_id, token_hash),
    foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
  );
  create index mail_tokens_by_user on mail_tokens (tenant_id, user_id, purpose);
  create index mail_tokens_by_end on mail_tokens (expires_at);
  comment on column mail_tokens.email is 'Where it was sent: it is worth nothing once the user has another address.';

  create table invitations (
    id uuid not null,
    tenant_id uuid not null references tenants,
    email text not null check (email = lower(email) and length(email) <= 320),
    role text not null check (role in ('super_admin', 'tenant_admin', 'user', 'readonly')),
    role_id uuid,
    invited_by uuid not null,
    token_hash bytea check (length(token_hash) = 32),
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    accepted_at timestamptz,
    revoked_at timestamptz,
    primary key (tenant_id, id),
    foreign key (tenant_id, invited_by) references users (tenant_id, id) on delete cascade
  );
  create unique index invitations_open on invitations (tenant_id, email)
    where accepted_at is null and revoked_at is null;
  create unique index invitations_by_token on invitations (tenant_id, token_hash) where token_hash is not null;
  comment on column invitations.token_hash is
    'Of the newest mail: the token is made when the mail is sent, and is nowhere else.';

  create table mails (
    id uuid not null,
    tenant_id uuid not null,
    kind text not null,
    recipient text not null check (length(recipient) <= 320),
    subject_id uuid,
    request_id text,
    address inet,
    created_at timestamptz not null default now(),
    attempts integer not null default 0,
    next_attempt_at timestamptz not null default now(),
    last_error text,
    primary key (tenant_id, id)
  );
  create index mails_due on mails (next_attempt_at);
  comment on table mails is
    'Mails that wait to be written and sent; a row goes when its mail is out, or is not to be written. Without foreign keys: whoever asks for a reset is asked back nothing, so a request for an unknown tenant is a row too.';
`;

const tenantTables = ["login_attempts", "mail_tokens", "invitations", "mails"];

const tenantRules = (table: string) => `
  alter table ${table} enable row level security;
  alter table ${table} force row level security;
  create policy tenant on ${table} to condo_app
    using (tenant_id = (select condo_tenant_id())) with check (tenant_id = (select condo_tenant_id()));
  create policy platform on ${table} to condo_platform using (true) with check (true);
  grant select, insert, update, delete on ${table} to condo_app, condo_platform;
`;

const addresses = `
  create table address_failures (
    network inet primary key,
    failures integer not null,
    window_ends_at timestamptz not null
  );
  create index address_failures_by_end on address_failures (window_ends_at);
  comment on table address_failures is
    'Failed logins of a moment by where they came from, over all tenants. It is reached through its functions alone.';
  alter table address_failures enable row level security;
  alter table address_failures force row level security;
  create policy platform on address_failures to condo_platform using (true) with check (true);
  grant select, insert, update, delete on address_failures to condo_platform;

  create function network_of(address inet) returns inet
    language sql immutable strict parallel safe
    return case family(address) when 6 then network(set_masklen(address, 64))::inet else host(address)::inet end;
`;

const functions = `
  grant create on schema public to condo_platform;

  create function failures_of_address(address inet) returns table (failures integer, retry_after_seconds integer)
    language sql stable security definer set search_path = pg_catalog, public
    begin atomic
      select f.failures, ceil(extract(epoch from f.window_ends_at - now()))::integer from address_failures f
      where f.network = network_of(address) and f.window_ends_at > now();
    end;

  create function count_failure_of_address(address inet, window_seconds integer) returns void
    language sql volatile security definer set search_path = pg_catalog, public
    begin atomic
      insert into address_failures as f (network, failures, window_ends_at)
      values (network_of(address), 1, now() + make_interval(secs => window_seconds))
      on conflict (network) do update set
        failures = case when f.window_ends_at > now() then f.failures + 1 else 1 end,
        window_ends_at = case when f.window_ends_at > now() then f.window_ends_at else excluded.window_ends_at end;
    end;

  create function claim_mails(most integer, lease_seconds integer)
    returns table (id uuid, tenant_id uuid, kind text, recipient text, subject_id uuid, request_id text, address inet,
                   attempts integer)
    language sql volatile security definer set search_path = pg_catalog, public
    begin atomic
      update mails m set attempts = m.attempts + 1, next_attempt_at = now() + make_interval(secs => lease_seconds)
      where (m.tenant_id, m.id) in (
        select due.tenant_id, due.id from mails due
        where due.next_attempt_at <= now()
        order by due.next_attempt_at limit most for update skip locked
      )
      returning m.id, m.tenant_id, m.kind, m.recipient, m.subject_id, m.request_id, m.address, m.attempts;
    end;
  comment on function claim_mails is
    'Takes mails that are due. Whoever takes them sends them within the lease; afterwards they are due again.';

  create function prune_credentials() returns void
    language sql volatile security definer set search_path = pg_catalog, public
    begin atomic
      delete from login_attempts where last_attempt_at < now() - interval '2 days' and coalesce(locked_until, now()) <= now();
      delete from address_failures where window_ends_at < now();
      delete from mail_tokens where expires_at < now() - interval '1 day';
      delete from mails where created_at < now() - interval '7 days';
    end;
  comment on function prune_credentials is 'Removes what no longer says anything: ended counts, dead tokens, mails nobody could send.';

  alter function failures_of_address owner to condo_platform;
  alter function count_failure_of_address owner to condo_platform;
  alter function claim_mails owner to condo_platform;
  alter function prune_credentials owner to condo_platform;
  revoke create on schema public from condo_platform;
  revoke all on function failures_of_address, count_failure_of_address, claim_mails, prune_credentials from public;
  grant execute on function failures_of_address, count_failure_of_address, claim_mails, prune_credentials
    to condo_app, condo_platform;
`;
