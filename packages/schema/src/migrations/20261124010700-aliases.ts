import { sql, type Kysely } from "kysely";

/** Ids that were answered for events which are stored under another. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(table).execute(db);
}

const table = `
  create table webhook_aliases (
    tenant_id uuid not null references tenants,
    id uuid not null,
    event_id uuid not null,
    created_at timestamptz not null default now(),
    primary key (tenant_id, id)
  );
  create index webhook_aliases_by_age on webhook_aliases (created_at);
  comment on table webhook_aliases is
    'A webhook that came by way of Redis and past it, before either knew of the other, was answered two ids: the one that was recorded later stands for the first.';
  alter table webhook_aliases enable row level security;
  alter table webhook_aliases force row level security;
  create policy tenant on webhook_aliases to condo_app
    using (tenant_id = (select condo_tenant_id())) with check (tenant_id = (select condo_tenant_id()));
  create policy platform on webhook_aliases to condo_platform using (true) with check (true);
  grant select on webhook_aliases to condo_app;
  grant select, insert, delete on webhook_aliases to condo_platform;
`;
