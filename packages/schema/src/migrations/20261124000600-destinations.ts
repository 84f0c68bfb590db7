import { sql, type Kysely } from "kysely";

/**
 * What a destination takes and how it is sent; replays of dead letters as rows; events with a place in the order in which
 * they became visible, so that they can be followed without gaps.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(destinations).execute(db);
  await sql.raw(deliveries).execute(db);
  await sql.raw(replays).execute(db);
  await sql.raw(following).execute(db);
}

const destinations = `
  alter table webhook_destinations
    alter column url drop not null,
    add column kind text not null default 'http' check (kind in ('http', 'stream')),
    add column stream_name text check (stream_name ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
    add column services text[] not null default '{*}' check (cardinality(services) between 1 and 100),
    add column filter jsonb not null default '[]' check (jsonb_typeof(filter) = 'array'),
    add column transform text check (length(transform) between 1 and 8192),
    add column header_names text[] not null default '{}',
    add column headers_sealed bytea,
    add column retry_delays_ms integer[] check (cardinality(retry_delays_ms) <= 30),
    add column timeout_ms integer check (timeout_ms between 100 and 60000),
    add column order_key text check (length(order_key) <= 500),
    add column max_in_flight integer check (max_in_flight between 1 and 1000),
    add column max_per_second integer check (max_per_second between 1 and 10000),
    add column breaker jsonb not null default '{}' check (jsonb_typeof(breaker) = 'object'),
    add column disabled_at timestamptz,
    add constraint webhook_destinations_address_check check (
      (kind = 'http' and url is not null and stream_name is null)
      or (kind = 'stream' and url is null and stream_name is not null)
    );
  comment on column webhook_destinations.services is
    'The services whose events it gets: names, or * for all.';
  comment on column webhook_destinations.filter is
    'Conditions on the payload that all have to hold, as packages/routing reads them.';
  comment on column webhook_destinations.transform is
    'A JSONata expression that makes the outgoing body of the payload; null leaves the body as it came.';
  comment on column webhook_destinations.headers_sealed is
    'Extra headers, as sealed JSON: their values may be credentials. header_names has what may be shown.';
  comment on column webhook_destinations.retry_delays_ms is 'Null for the worker''s schedule; empty for no retries.';
  comment on column webhook_destinations.order_key is
    'A JSON pointer into the payload: deliveries with the same value there are sent one after another.';
  comment on column webhook_destinations.breaker is 'Settings that differ from the worker''s, as packages/routing reads them.';
`;

const deliveries = `
  alter table webhook_deliveries
    add column attempts_before integer not null default 0,
    add column discard_reason text;
  comment on column webhook_deliveries.attempts_before is
    'Attempts that were spent before the last replay: the schedule of retries counts from there, their numbers go on.';

  alter table webhook_events alter column source_id drop not null;
  comment on column webhook_events.source_id is 'Null for an event that Condo made itself, to test a destination.';
`;

const replays = `
  create table replays (
    id uuid not null,
    tenant_id uuid not null references tenants,
    destination_id uuid,
    event_type text,
    since timestamptz,
    until timestamptz,
    rate_per_second integer not null check (rate_per_second between 1 and 1000),
    status text not null default 'running' check (status in ('running', 'done', 'cancelled')),
    total integer not null,
    replayed integer not null default 0,
    after_delivery_id uuid,
    next_step_at timestamptz not null default now(),
    created_at timestamptz not null default now(),
    finished_at timestamptz,
    primary key (tenant_id, id),
    foreign key (tenant_id, destination_id) references webhook_destinations (tenant_id, id)
  );
  create index replays_due on replays (next_step_at) where status = 'running';
  comment on column replays.total is 'Dead letters that fitted when the replay was asked for; later ones are left alone.';
  comment on column replays.after_delivery_id is 'The last delivery that was sent again: a step goes on behind it.';

  alter table replays enable row level security;
  alter table replays force row level security;
  create policy tenant on replays to condo_app
    using (tenant_id = (select condo_tenant_id())) with check (tenant_id = (select condo_tenant_id()));
  create policy platform on replays to condo_platform using (true) with check (true);
  grant select, insert, update, delete on replays to condo_app, condo_platform;
`;

/**
 * Ids of events carry the time of their receipt, and batches are committed in any order: following by id would miss
 * some. By the transaction that recorded them, and only below the oldest one under way, nothing can come in behind.
 */
const following = `
  alter table webhook_events add column recorded_by xid8 not null default pg_current_xact_id();
  create index webhook_events_by_recording on webhook_events (tenant_id, recorded_by, id);

  create function webhook_events_announce() returns trigger language plpgsql as $$
    begin
      perform pg_notify('condo_webhook_events', '');
      return null;
    end $$;
  create trigger webhook_events_announce after insert on webhook_events
    for each statement execute function webhook_events_announce();
`;
