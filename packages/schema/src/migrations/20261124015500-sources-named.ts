import { sql, type Kysely } from "kysely";

/** Sources by the names that webhooks have for them, many at once and of any tenants. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(lookup).execute(db);
}

const lookup = `
  grant create on schema public to condo_platform;

  create function sources_named(tenants text[], keys text[], services text[], earliest timestamptz, most_secrets integer)
    returns table (place integer, tenant_id uuid, status text, source_id uuid, provider text, config jsonb,
                   dedupe_window_seconds integer, tenant_pointer text, plan_limits jsonb, limit_overrides jsonb, secrets json)
    language sql stable security definer set search_path = pg_catalog, public
    begin atomic
      select named.place::integer, owner.id, owner.status, source.id, source.provider, source.config,
        source.dedupe_window_seconds, source.tenant_pointer, plan.limits, tenant.limit_overrides,
        (select json_agg(json_build_object(
            'id', secret.id, 'sealed', translate(encode(secret.secret_sealed, 'base64'), E'\\n', ''),
            'valid_from', secret.valid_from, 'expires_at', secret.expires_at) order by secret.id desc)
          from (
            select s.id, s.secret_sealed, s.valid_from, s.expires_at from webhook_source_secrets s
            where s.tenant_id = source.tenant_id and s.source_id = source.id
              and (s.expires_at is null or s.expires_at > earliest)
            order by s.id desc limit most_secrets
          ) secret)
      from unnest(tenants, keys, services) with ordinality named (tenant, key, service, place)
      left join lateral (
        select r.id, r.status from resolve_tenant(named.tenant) r where named.tenant is not null
        union all
        select k.tenant_id, k.status from resolve_source_key(named.key) k
        where named.key is not null and k.service_name = named.service
        limit 1
      ) owner on true
      left join tenants tenant on tenant.id = owner.id
      left join plans plan on plan.name = tenant.plan
      left join webhook_sources source on source.tenant_id = owner.id and source.service_name = named.service
        and source.deleted_at is null and source.is_active;
    end;
  comment on function sources_named is
    'The active sources that webhooks name by a tenant or by a source''s own key, each with its sealed secrets, newest first, and what its plan says: one row a name, in no order, with nulls for what is not there.';

  alter function sources_named owner to condo_platform;
  revoke create on schema public from condo_platform;
  revoke all on function sources_named from public;
  grant execute on function sources_named to condo_app;
`;
