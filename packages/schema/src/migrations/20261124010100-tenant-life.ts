import { sql, type Kysely } from "kysely";

/** Plans, what a tenant used of its plan, and what is known of a tenant's status. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(plans).execute(db);
  await sql.raw(tenants).execute(db);
  await sql.raw(usage).execute(db);
  await sql.raw(list).execute(db);
}

const plans = `
  create table plans (
    name text primary key check (name ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
    description text not null default '' check (length(description) <= 500),
    limits jsonb not null check (jsonb_typeof(limits) = 'object'),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
  );
  comment on table plans is 'What tenants may have, by plan. They are the operator''s to change: packages/tenancy says what a limit means.';
  comment on column plans.limits is 'Quotas (null for none) and features by name. A tenant''s own limits stand above them.';
  alter table plans enable row level security;
  alter table plans force row level security;
  create policy everybody on plans for select to condo_app using (true);
  create policy platform on plans to condo_platform using (true) with check (true);
  grant select on plans to condo_app;
  grant select, insert, update, delete on plans to condo_platform;

  -- The owner is under the policies too.
  create policy seed on plans for insert with check (true);
  insert into plans (name, description, limits) values
    ('standard', 'Everything, without quotas', '{
      "users": null, "sources": null, "destinations": null, "events_per_month": null, "payload_bytes": null,
      "event_retention_days": 30, "custom_domain": true, "oidc": true, "transforms": true}'),
    ('free', 'To try Condo out', '{
      "users": 5, "sources": 3, "destinations": 3, "events_per_month": 10000, "payload_bytes": 1048576,
      "event_retention_days": 7, "custom_domain": false, "oidc": false, "transforms": false}'),
    ('team', 'For one team', '{
      "users": 50, "sources": 25, "destinations": 25, "events_per_month": 1000000, "payload_bytes": 5242880,
      "event_retention_days": 30, "custom_domain": true, "oidc": false, "transforms": true}');
  drop policy seed on plans;
`;

const tenants = `
  alter table tenants
    add column plan text not null default 'standard' references plans,
    add column limit_overrides jsonb not null default '{}' check (jsonb_typeof(limit_overrides) = 'object'),
    add column trial_ends_at timestamptz,
    add column status_reason text check (length(status_reason) <= 500),
    add column status_changed_at timestamptz not null default now(),
    add column closing_from text check (closing_from in ('trial', 'active', 'suspended')),
    add column closing_by text,
    add column erase_after timestamptz;
  comment on column tenants.limit_overrides is 'The tenant''s own limits, where they differ from its plan''s.';
  comment on column tenants.trial_ends_at is 'When the trial ends; null for one without an end, and for a tenant that never was on trial.';
  comment on column tenants.closing_from is 'What a closing tenant goes back to when that is called off.';
  comment on column tenants.closing_by is 'Who asked for it to be closed, as the certificate of erasure says it.';
  comment on column tenants.erase_after is 'When everything of a closing tenant is erased.';
  create index tenants_by_plan on tenants (plan, id);
  create index tenants_on_trial on tenants (trial_ends_at) where status = 'trial';
  create index tenants_to_erase on tenants (erase_after) where status in ('closing', 'closed');

  create function tenants_follow_plan() returns trigger language plpgsql as $$
    begin
      new.event_retention_days := coalesce(
        new.limit_overrides ->> 'event_retention_days',
        (select p.limits ->> 'event_retention_days' from plans p where p.name = new.plan),
        '30'
      )::smallint;
      return new;
    end $$;
  comment on function tenants_follow_plan is 'Keeps events as long as the plan says, for recording reads the tenant alone.';
  create trigger tenants_follow_plan before insert or update of plan, limit_overrides on tenants
    for each row execute function tenants_follow_plan();

  create function plans_changed() returns trigger language plpgsql as $$
    begin
      update tenants set plan = new.name where plan = new.name;
      return null;
    end $$;
  create trigger plans_changed after update of limits on plans for each row execute function plans_changed();
`;

const usage = `
  create table tenant_usage (
    tenant_id uuid not null references tenants,
    month date not null check (extract(day from month) = 1),
    slot smallint not null,
    events bigint not null,
    primary key (tenant_id, month, slot)
  );
  comment on table tenant_usage is 'Events that were recorded in a month (UTC), counted in the transaction that records them.';
  comment on column tenant_usage.slot is 'Parts a count among those that record at once, so that none waits for another; their sum counts.';
  alter table tenant_usage enable row level security;
  alter table tenant_usage force row level security;
  create policy tenant on tenant_usage to condo_app
    using (tenant_id = (select condo_tenant_id())) with check (tenant_id = (select condo_tenant_id()));
  create policy platform on tenant_usage to condo_platform using (true) with check (true);
  grant select, insert, update, delete on tenant_usage to condo_app, condo_platform;
`;

const list = `
  create function list_tenants(search text, statuses text[], of_plan text, before uuid, most integer) returns setof tenants
    language sql stable security definer set search_path = pg_catalog, public as $$
      select t.* from tenants t
      where (search is null or position(lower(search) in lower(t.name)) > 0 or position(lower(search) in t.slug) > 0
             or position(lower(search) in t.domain) > 0)
        and (statuses is null or t.status = any (statuses))
        and (of_plan is null or t.plan = of_plan)
        and (before is null or t.id < before)
      order by t.id desc limit most
    $$;
  comment on function list_tenants is
    'Tenants, newest first: the one question over all of them that a service may ask, for super admins alone.';
  grant create on schema public to condo_platform;
  alter function list_tenants owner to condo_platform;
  revoke create on schema public from condo_platform;
  revoke all on function list_tenants from public;
  grant execute on function list_tenants to condo_app, condo_platform;
`;
