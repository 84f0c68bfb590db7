import { sql, type Kysely } from "kysely";

/** Erasures of tenants, and the certificates that are left of them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(erasures).execute(db);
  await sql.raw(audit).execute(db);
}

const erasures = `
  create table tenant_erasures (
    tenant_id uuid not null references tenants,
    erased_tenant_id uuid not null,
    slug text not null,
    requested_by text not null,
    requested_at timestamptz not null,
    started_at timestamptz not null default now(),
    counts jsonb not null default '{}',
    finished_at timestamptz,
    certificate jsonb,
    primary key (tenant_id, erased_tenant_id),
    check ((finished_at is null) = (certificate is null))
  );
  create unique index tenant_erasures_by_tenant on tenant_erasures (erased_tenant_id);
  comment on table tenant_erasures is 'Erasures under way and done. The row is the platform''s own: nothing of the erased tenant is left to hold it.';
  comment on column tenant_erasures.counts is 'What was erased so far, by table: raised in the transaction that erases.';
  alter table tenant_erasures enable row level security;
  alter table tenant_erasures force row level security;
  create policy tenant on tenant_erasures to condo_app
    using (tenant_id = (select condo_tenant_id())) with check (tenant_id = (select condo_tenant_id()));
  create policy platform on tenant_erasures to condo_platform using (true) with check (true);
  grant select on tenant_erasures to condo_app;
  grant select, insert, update on tenant_erasures to condo_platform;
`;

const audit = `
  drop function erase_audit(uuid);
  create function erase_audit(tenant uuid, most integer) returns table (name text, erased integer)
    language plpgsql security definer set search_path = pg_catalog, public as $$
    begin
      if not exists (select from tenants t where t.id = tenant and t.status = 'closed') then
        raise exception 'The audit log of a tenant that is not closed is kept' using errcode = '22023';
      end if;
      name := 'audit_chain';
      delete from audit_chain c where c.tenant_id = tenant and c.sequence in (
        select i.sequence from audit_chain i where i.tenant_id = tenant limit most);
      get diagnostics erased = row_count;
      return next;
      name := 'audit_checkpoints';
      delete from audit_checkpoints c where c.tenant_id = tenant and c.sequence in (
        select i.sequence from audit_checkpoints i where i.tenant_id = tenant limit most);
      get diagnostics erased = row_count;
      return next;
      name := 'audit_logs';
      delete from audit_logs a where a.tenant_id = tenant and a.id in (
        select i.id from audit_logs i where i.tenant_id = tenant limit most);
      get diagnostics erased = row_count;
      return next;
      name := 'audit_unchained';
      delete from audit_unchained u where u.tenant_id = tenant and u.audit_id in (
        select i.audit_id from audit_unchained i where i.tenant_id = tenant limit most);
      get diagnostics erased = row_count;
      return next;
    end $$;
  comment on function erase_audit is
    'Removes a closed tenant''s audit log, so many rows of each of its tables at a time; all zero when none are left.';
  grant create on schema public to condo_archivist;
  alter function erase_audit owner to condo_archivist;
  revoke create on schema public from condo_archivist;
  revoke all on function erase_audit from public;
  grant execute on function erase_audit to condo_platform;
`;
