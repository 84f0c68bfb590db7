import { sql, type Kysely } from "kysely";

/**
 * Deliveries are claimed by destination, in order where one is asked for; breakers are shared; what is kept by time lies
 * in partitions.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(deliveries).execute(db);
  await sql.raw(breakers).execute(db);
  await sql.raw(partitions).execute(db);
}

const deliveries = `
  alter table webhook_deliveries drop column queued_until, add column order_key text;
  comment on column webhook_deliveries.order_key is
    'Deliveries to one destination with the same key are sent one after another, by the ids of their events.';
  drop index webhook_deliveries_due;
  create index webhook_deliveries_due on webhook_deliveries (tenant_id, destination_id, next_attempt_at)
    where status = 'pending';
  create index webhook_deliveries_ordered on webhook_deliveries (tenant_id, destination_id, order_key, event_id)
    where status = 'pending' and order_key is not null;
`;

const breakers = `
  create table circuit_breakers (
    tenant_id uuid not null references tenants,
    destination_id uuid not null,
    state text not null default 'closed' check (state in ('closed', 'open', 'half_open')),
    forced boolean not null default false,
    failures integer not null default 0,
    opened_at timestamptz,
    retry_at timestamptz,
    failing_since timestamptz,
    paused_until timestamptz,
    updated_at timestamptz not null default now(),
    primary key (tenant_id, destination_id),
    foreign key (tenant_id, destination_id) references webhook_destinations (tenant_id, id) on delete cascade
  );
  create index circuit_breakers_changed on circuit_breakers (updated_at);
  comment on table circuit_breakers is
    'What all workers know of a destination''s health. One without a row is closed. A worker follows changes by updated_at.';
  comment on column circuit_breakers.retry_at is
    'When an open one may be probed, and when the prober of a half-open one is given up; null for one that is held open.';
  comment on column circuit_breakers.failures is 'How often in a row it opened without closing between.';

  alter table circuit_breakers enable row level security;
  alter table circuit_breakers force row level security;
  create policy tenant on circuit_breakers to condo_app
    using (tenant_id = (select condo_tenant_id())) with check (tenant_id = (select condo_tenant_id()));
  create policy platform on circuit_breakers to condo_platform using (true) with check (true);
  grant select, insert, update, delete on circuit_breakers to condo_app, condo_platform;
`;

/**
 * A partition a week, by the time that ids carry, and below it one for each time of retention: so lists read the newest
 * weeks first, and what a plan keeps no longer is dropped as a table. Service roles have no rights on partitions: the way
 * to their rows is through the parent and its policies.
 */
const partitions = `
  alter table tenants add column event_retention_days smallint not null default 30
    check (event_retention_days in (7, 30, 90, 365));
  comment on column tenants.event_retention_days is 'How long events that come in from now on are kept.';

  create function webhook_partitions_ensure(weeks_ahead integer) returns integer
    language plpgsql security definer set search_path = pg_catalog, public as $$
    declare
      this_week timestamp := date_trunc('week', now() at time zone 'UTC');
      week timestamp;
      parent text;
      key text;
      name text;
      later text;
      days integer;
      low uuid;
      high uuid;
      made integer := 0;
    begin
      if weeks_ahead not between 0 and 12 then
        raise exception 'weeks_ahead is between 0 and 12';
      end if;
      -- Nobody waits for long behind this.
      perform set_config('lock_timeout', '5s', true);
      perform pg_advisory_xact_lock(hashtext('condo partitions'));
      foreach parent in array array['webhook_events', 'webhook_deliveries', 'webhook_attempts'] loop
        key := case parent when 'webhook_attempts' then 'delivery_id' else 'id' end;
        later := parent || '_later';
        select max(to_date(substring(c.relname from '[0-9]{8}$'), 'YYYYMMDD')) + 7 into week
        from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = ('public.' || parent)::regclass and c.relname ~ '_[0-9]{8}$';
        continue when week > this_week + weeks_ahead * interval '7 days';
        if week is null then
          week := this_week - interval '7 days';
          low := (lpad(to_hex((extract(epoch from week) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;
          execute format('create table public.%I partition of public.%I for values from (minvalue) to (%L)', parent || '_earlier', parent, low);
          execute format('create table public.%I partition of public.%I for values from (%L) to (maxvalue)', later, parent, low);
        end if;
        execute format('alter table public.%I detach partition public.%I', parent, later);
        while week <= this_week + weeks_ahead * interval '7 days' loop
          low := (lpad(to_hex((extract(epoch from week) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;
          week := week + interval '7 days';
          high := (lpad(to_hex((extract(epoch from week) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;
          name := parent || '_' || to_char(week - interval '7 days', 'YYYYMMDD');
          execute format('create table public.%I partition of public.%I for values from (%L) to (%L) partition by list (retention_days)', name, parent, low, high);
          foreach days in array array[7, 30, 90, 365] loop
            execute format('create table public.%I partition of public.%I for values in (%s)', name || '_' || days, name, days);
          end loop;
          -- What came in while the week had no partition.
          execute format(
            'with moved as (delete from public.%I where %I < %L returning *) insert into public.%I select * from moved',
            later, key, high, name
          );
          made := made + 1;
        end loop;
        execute format('alter table public.%I attach partition public.%I for values from (%L) to (maxvalue)', parent, later, high);
      end loop;
      return made;
    end $$;
  comment on function webhook_partitions_ensure is
    'Makes the partitions of webhook_events, webhook_deliveries and webhook_attempts up to some weeks ahead. Below and above the weeks lies one that takes the rest; a default one would keep the planner from reading the weeks in order.';

  create function webhook_partitions_expire() returns integer
    language plpgsql security definer set search_path = pg_catalog, public as $$
    declare
      part record;
      dropped integer := 0;
    begin
      perform set_config('lock_timeout', '5s', true);
      perform pg_advisory_xact_lock(hashtext('condo partitions'));
      for part in
        select leaf.relname as name
        from pg_inherits top
        join pg_class week on week.oid = top.inhrelid and week.relname ~ '_[0-9]{8}$'
        join pg_inherits below on below.inhparent = week.oid
        join pg_class leaf on leaf.oid = below.inhrelid and leaf.relname ~ '_[0-9]{8}_[0-9]+$'
        where top.inhparent in ('webhook_events'::regclass, 'webhook_deliveries'::regclass, 'webhook_attempts'::regclass)
          and to_date(substring(week.relname from '[0-9]{8}$'), 'YYYYMMDD') + 7
            + substring(leaf.relname from '[0-9]+$')::integer <= (now() at time zone 'UTC')::date
      loop
        execute format('drop table public.%I', part.name);
        dropped := dropped + 1;
      end loop;
      for part in
        select week.relname as name
        from pg_inherits top
        join pg_class week on week.oid = top.inhrelid and week.relname ~ '_[0-9]{8}$'
        where top.inhparent in ('webhook_events'::regclass, 'webhook_deliveries'::regclass, 'webhook_attempts'::regclass)
          and not exists (select from pg_inherits below where below.inhparent = week.oid)
      loop
        execute format('drop table public.%I', part.name);
      end loop;
      return dropped;
    end $$;
  comment on function webhook_partitions_expire is
    'Drops the partitions of which everything is older than its retention.';

  revoke all on function webhook_partitions_ensure, webhook_partitions_expire from public;
  grant execute on function webhook_partitions_ensure, webhook_partitions_expire to condo_platform;
  select webhook_partitions_ensure(1);
`;
