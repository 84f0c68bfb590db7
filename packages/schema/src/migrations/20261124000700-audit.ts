import { sql, type Kysely } from "kysely";

/** The audit log's hash chain and its retention; answers kept under an Idempotency-Key. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(chain).execute(db);
  await sql.raw(archivist).execute(db);
  await sql.raw(reading).execute(db);
  await sql.raw(idempotency).execute(db);
}

const rowLevelSecurity = (table: string) => `
  alter table ${table} enable row level security;
  alter table ${table} force row level security;
  create policy tenant on ${table} to condo_app
    using (tenant_id = (select condo_tenant_id())) with check (tenant_id = (select condo_tenant_id()));
  create policy platform on ${table} to condo_platform using (true) with check (true);
`;

const chain = `
  create table audit_unchained (
    tenant_id uuid not null,
    audit_id uuid not null,
    primary key (tenant_id, audit_id)
  );
  comment on table audit_unchained is
    'Audit rows that are committed and wait for their place in the chain. A trigger fills it in the transaction of the row, so none is missed, whatever the order of commits. One whose row is gone stays, and tells of it.';

  create table audit_chain (
    tenant_id uuid not null references tenants,
    sequence bigint not null check (sequence > 0),
    audit_id uuid not null,
    previous_hash bytea not null check (length(previous_hash) = 32),
    hash bytea not null check (length(hash) = 32),
    chained_at timestamptz not null default now(),
    primary key (tenant_id, sequence),
    unique (tenant_id, audit_id)
  );
  comment on column audit_chain.hash is
    'SHA-256 of previous_hash and audit_canonical() of the row; 32 zero bytes stand before the first.';

  create table audit_checkpoints (
    tenant_id uuid not null references tenants,
    sequence bigint not null check (sequence > 0),
    hash bytea not null check (length(hash) = 32),
    pruned_at timestamptz not null default now(),
    primary key (tenant_id, sequence)
  );
  comment on table audit_checkpoints is
    'The last link that was pruned each time: what is left of the chain goes on from the newest one.';

  ${["audit_unchained", "audit_chain", "audit_checkpoints"].map(rowLevelSecurity).join("")}
  grant select on audit_unchained, audit_chain, audit_checkpoints to condo_app, condo_platform;
  grant insert, delete on audit_unchained to condo_platform;
  grant insert on audit_chain to condo_platform;

  create function audit_canonical(entry audit_logs) returns text
    language sql stable strict parallel safe
    return jsonb_build_array(
      entry.id, entry.tenant_id, entry.actor_type, entry.actor_id, entry.action, entry.subject_type, entry.subject_id,
      entry.request_id, entry.address::text, entry.before, entry.after,
      to_char(entry.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    )::text;
  comment on function audit_canonical is 'An audit row as the text that is hashed. Never changed: old links are checked with it.';
  grant execute on function audit_canonical to condo_app, condo_platform;

  -- The owner too is under the policies; this role sees all tenants.
  set local role condo_platform;
  insert into audit_unchained select tenant_id, id from audit_logs;
  reset role;

  grant create on schema public to condo_platform;
  create function audit_logs_wait() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public as $$
    begin
      insert into audit_unchained (tenant_id, audit_id) select tenant_id, id from written;
      return null;
    end $$;
  alter function audit_logs_wait owner to condo_platform;
  revoke create on schema public from condo_platform;
  create trigger audit_logs_wait after insert on audit_logs
    referencing new table as written for each statement execute function audit_logs_wait();
  revoke all on function audit_logs_wait from public;
`;

/**
 * No role of a service may delete from the audit log. What is past its retention goes through a function whose owner,
 * which nobody logs in as, may; it takes from the start of the chain alone, leaves a checkpoint, and nothing that is younger
 * than a month.
 */
const archivist = `
  do $$ begin
    if not exists (select from pg_roles where rolname = 'condo_archivist') then
      create role condo_archivist nologin nobypassrls;
    end if;
  end $$;
  grant condo_archivist to current_user;
  grant usage on schema public to condo_archivist;
  ${["audit_logs", "audit_chain", "audit_checkpoints"]
    .map((table) => `create policy archivist on ${table} to condo_archivist using (true) with check (true);`)
    .join("\n  ")}
  grant select, delete on audit_logs, audit_chain to condo_archivist;
  grant select, insert, delete on audit_checkpoints to condo_archivist;
  create policy archivist on audit_unchained to condo_archivist using (true) with check (true);
  grant select, delete on audit_unchained to condo_archivist;
  create policy archivist on tenants for select to condo_archivist using (true);
  grant select on tenants to condo_archivist;

  grant create on schema public to condo_archivist;
  create function prune_audit(tenant uuid, through bigint) returns integer
    language plpgsql security definer set search_path = pg_catalog, public as $$
    declare
      pruned integer;
      ids uuid[];
    begin
      perform pg_advisory_xact_lock(hashtext('condo audit prune'), hashtext(tenant::text));
      if exists (
        select from audit_chain c left join audit_logs a on a.tenant_id = c.tenant_id and a.id = c.audit_id
        where c.tenant_id = tenant and c.sequence <= through
          and (a.id is null or a.created_at > now() - interval '30 days')
      ) then
        raise exception 'The audit log keeps what is younger than 30 days, and the link of a row that is missing'
          using errcode = '22023';
      end if;
      insert into audit_checkpoints (tenant_id, sequence, hash)
        select c.tenant_id, c.sequence, c.hash from audit_chain c where c.tenant_id = tenant and c.sequence = through;
      if not found then return 0; end if;
      with gone as (delete from audit_chain c where c.tenant_id = tenant and c.sequence <= through returning c.audit_id)
        select array_agg(audit_id) into ids from gone;
      delete from audit_logs a where a.tenant_id = tenant and a.id = any (ids);
      get diagnostics pruned = row_count;
      return pruned;
    end $$;
  comment on function prune_audit is
    'Removes a tenant''s audit rows from the start of the chain through a link, and keeps that link''s hash as a checkpoint.';

  create function erase_audit(tenant uuid) returns integer
    language plpgsql security definer set search_path = pg_catalog, public as $$
    declare
      erased integer;
    begin
      if not exists (select from tenants t where t.id = tenant and t.status = 'closed') then
        raise exception 'The audit log of a tenant that is not closed is kept' using errcode = '22023';
      end if;
      delete from audit_chain c where c.tenant_id = tenant;
      delete from audit_checkpoints c where c.tenant_id = tenant;
      delete from audit_unchained u where u.tenant_id = tenant;
      delete from audit_logs a where a.tenant_id = tenant;
      get diagnostics erased = row_count;
      return erased;
    end $$;
  comment on function erase_audit is 'Removes all of a closed tenant''s audit log, when everything of it goes.';

  alter function prune_audit owner to condo_archivist;
  alter function erase_audit owner to condo_archivist;
  revoke create on schema public from condo_archivist;
  revoke all on function prune_audit, erase_audit from public;
  grant execute on function prune_audit, erase_audit to condo_platform;
`;

const reading = `
  create index audit_logs_by_actor on audit_logs (tenant_id, actor_id, id);
  create index audit_logs_by_subject on audit_logs (tenant_id, subject_type, subject_id, id);
  create index audit_logs_by_time on audit_logs (tenant_id, created_at);
  create index audit_logs_by_request on audit_logs (tenant_id, request_id) where request_id is not null;
`;

const idempotency = `
  create table idempotency_keys (
    tenant_id uuid not null references tenants,
    caller text not null,
    key_hash bytea not null check (length(key_hash) = 32),
    route text not null,
    fingerprint bytea not null check (length(fingerprint) = 32),
    claim_id uuid not null,
    lease_until timestamptz not null,
    status_code integer,
    answer_sealed bytea,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    primary key (tenant_id, caller, key_hash),
    check ((status_code is null) = (answer_sealed is null))
  );
  create index idempotency_keys_by_end on idempotency_keys (expires_at);
  comment on table idempotency_keys is
    'Requests that were sent with an Idempotency-Key: first claimed, then answered. A key is its caller''s own.';
  comment on column idempotency_keys.lease_until is
    'Until when whoever claimed the key is trusted to be at work; one that crashed is then taken over.';
  ${rowLevelSecurity("idempotency_keys")}
  grant select, insert, update, delete on idempotency_keys to condo_app, condo_platform;
`;
