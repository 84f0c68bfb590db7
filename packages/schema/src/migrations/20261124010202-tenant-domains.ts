import { sql, type Kysely } from "kysely";

/** A domain stands for a tenant once the tenant has proven, in DNS, that it is its own; `tenants.domain` is a claim. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(table).execute(db);
  await sql.raw(claims).execute(db);
  await sql.raw(resolution).execute(db);
}

const shape = String.raw`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`;

const table = `
  create table tenant_domains (
    tenant_id uuid not null references tenants,
    domain text not null check (length(domain) <= 253 and domain ~ '${shape}'),
    status text not null default 'pending' check (status in ('pending', 'verified', 'lapsed')),
    token text not null default replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''),
    created_at timestamptz not null default now(),
    checked_at timestamptz,
    verified_at timestamptz,
    primary key (tenant_id, domain),
    check (status <> 'verified' or verified_at is not null)
  );
  create unique index tenant_domains_verified on tenant_domains (domain) where status = 'verified';
  comment on table tenant_domains is
    'Several tenants may say that a domain is theirs; one at most has proven it, and for that one alone it stands.';
  comment on column tenant_domains.token is 'What the TXT record has to say. It is no secret: it proves who can write the record.';
  alter table tenant_domains enable row level security;
  alter table tenant_domains force row level security;
  create policy tenant on tenant_domains to condo_app
    using (tenant_id = (select condo_tenant_id())) with check (tenant_id = (select condo_tenant_id()));
  create policy platform on tenant_domains to condo_platform using (true) with check (true);
  grant select, insert, update, delete on tenant_domains to condo_app, condo_platform;
`;

const claims = `
  alter table tenants drop constraint tenants_domain_key;
  comment on column tenants.domain is
    'The domain that the tenant says it has. It stands for the tenant when tenant_domains says that it is verified.';

  create function claim_domain() returns trigger language plpgsql as $$
    begin
      if tg_op = 'UPDATE' and old.domain is not null then
        delete from tenant_domains where tenant_id = old.id and domain = old.domain;
      end if;
      if new.domain ~ '${shape}' then
        insert into tenant_domains (tenant_id, domain) values (new.id, new.domain) on conflict do nothing;
      end if;
      return null;
    end $$;
  comment on function claim_domain is 'A domain in the tenant''s record waits to be proven; one that is taken out of it stands for the tenant no more.';
  create trigger tenants_domain_made after insert on tenants
    for each row when (new.domain is not null) execute function claim_domain();
  create trigger tenants_domain_changed after update of domain on tenants
    for each row when (old.domain is distinct from new.domain) execute function claim_domain();

  insert into tenant_domains (tenant_id, domain)
    select id, domain from tenants where domain ~ '${shape}' and length(domain) <= 253;
`;

const resolution = `
  create or replace function resolve_tenant(reference text) returns table (id uuid, slug text, status text)
    language sql stable security definer set search_path = pg_catalog, public
    begin atomic
      select t.id, t.slug, t.status from tenants t
      where t.slug = lower(reference)
        or t.id = (select d.tenant_id from tenant_domains d where d.domain = lower(reference) and d.status = 'verified')
        or t.id = case when reference ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then reference::uuid end
      order by t.id::text = lower(reference) desc, t.slug = lower(reference) desc
      limit 1;
    end;
  comment on function resolve_tenant is 'A tenant by its id, its slug or a domain that it has proven, in this order: nobody takes another''s id as slug, or slug as domain.';
`;
