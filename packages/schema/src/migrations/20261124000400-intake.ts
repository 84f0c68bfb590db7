import { sql, type Kysely } from "kysely";

/** The intake: a URL of a source's own, sources of the whole platform, secrets with a beginning. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(sources).execute(db);
  await sql.raw(lookups).execute(db);
}

const sources = `
  alter table webhook_sources
    add column source_key text not null
      default replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '')
      check (source_key ~ '^[0-9a-f]{64}$'),
    add column tenant_pointer text check (tenant_pointer ~ '^(/[^/]*){1,16}$' and length(tenant_pointer) <= 256);
  create unique index webhook_sources_by_key on webhook_sources (source_key);
  comment on column webhook_sources.source_key is
    'Stands for the tenant in the source''s own URL. An address and no credential: the signature is still checked.';
  comment on column webhook_sources.tenant_pointer is
    'Of a source of the platform''s own tenant alone: where in the payload (RFC 6901) an event says whose it is.';

  alter table webhook_source_secrets add column valid_from timestamptz not null default now();
  comment on column webhook_source_secrets.valid_from is
    'From which moment on it verifies: of the stamp where a request has a signed one, else of its arrival.';
`;

const lookups = `
  grant create on schema public to condo_platform;

  create function resolve_source_key(key text) returns table (tenant_id uuid, service_name text, status text)
    language sql stable security definer set search_path = pg_catalog, public
    begin atomic
      select s.tenant_id, s.service_name, t.status
      from webhook_sources s join tenants t on t.id = s.tenant_id
      where s.source_key = key and s.deleted_at is null;
    end;
  comment on function resolve_source_key is 'Whose source a source''s own URL stands for.';

  alter function resolve_source_key owner to condo_platform;
  revoke create on schema public from condo_platform;
  revoke all on function resolve_source_key from public;
  grant execute on function resolve_source_key to condo_app, condo_platform;
`;
