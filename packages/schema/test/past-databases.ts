import { atEnd, createTestDatabase } from "@condo/testing";
import pg from "pg";

/** Databases of a file's own at any state of the schema; dropped at its end. */
export interface PastDatabases {
  /** @returns the owner's URL of an empty database */
  create(): Promise<string>;
  /** The same database as a superuser, whom no policy holds. */
  superuserUrl(ownerUrl: string): string;
  /** Runs statements past all policies. */
  query<R extends pg.QueryResultRow>(ownerUrl: string, statements: string): Promise<R[]>;
}

export async function pastDatabases(): Promise<PastDatabases> {
  // Makes sure of the roles, which belong to the whole cluster, too.
  const { ownerUrl, superuserUrl } = await createTestDatabase();
  const prefix = `past_${new URL(ownerUrl).pathname.slice("/condo_test_".length)}`;
  const names: string[] = [];

  function asSuperuser(ownerUrl: string): string {
    const own = new URL(superuserUrl);
    own.pathname = new URL(ownerUrl).pathname;
    return own.href;
  }

  async function query<R extends pg.QueryResultRow>(url: string, statements: string): Promise<R[]> {
    const client = new pg.Client({ connectionString: asSuperuser(url) });
    await client.connect();
    try {
      return (await client.query<R>(statements)).rows;
    } finally {
      await client.end();
    }
  }

  atEnd(async () => {
    for (const name of names) await query(superuserUrl, `drop database if exists ${name} with (force)`);
  });
  return {
    query,
    superuserUrl: asSuperuser,
    async create() {
      const name = `${prefix}_${names.length}`;
      names.push(name);
      await query(superuserUrl, `create database ${name} owner condo_owner`);
      const url = new URL(ownerUrl);
      url.pathname = `/${name}`;
      return url.href;
    },
  };
}

/** Rows of a tenant that fit the first schema, and by the rules of expand and contract every later one. */
export const rowsOfTheFirstRelease = (release: number): string => `
  create temporary table fresh as select 'tenant-${release}' as slug,
    ('00000000-0000-7000-8000-' || lpad('${release}', 12, '0'))::uuid as id;
  insert into tenants (id, slug, name) select id, slug, 'Tenant' from fresh;
  insert into users (id, tenant_id, email, password_hash, first_name, last_name, role)
    select id, id, slug || '@example.com', 'hash', 'Ada', 'Lovelace', 'user' from fresh;
  insert into sessions (id, tenant_id, user_id, expires_at) select id, id, id, now() + interval '1 day' from fresh;
  insert into refresh_tokens (tenant_id, token_hash, session_id) select id, sha256(id::text::bytea), id from fresh;
  insert into signing_keys (kid, alg, public_jwk, private_key_sealed, state) values ('key-${release}', 'ES256', '{}', 'sealed', 'previous');
  insert into webhook_sources (id, tenant_id, service_name, provider) select id, id, 'shop', 'generic' from fresh;
  insert into webhook_source_secrets (id, tenant_id, source_id, secret_sealed) select id, id, id, 'sealed' from fresh;
  insert into webhook_destinations (id, tenant_id, name, url, event_types)
    select id, id, 'Shop', 'https://example.com/hook', '{*}' from fresh;
  insert into webhook_destination_secrets (id, tenant_id, destination_id, secret_sealed) select id, id, id, 'sealed' from fresh;
  insert into webhook_receipts (tenant_id, source_id, dedupe_key, event_id, received_at)
    select id, id, 'a', id, now() from fresh;
  insert into webhook_poison (id, reason, entry) select id, 'unreadable', 'entry' from fresh;
  insert into outbox (id, tenant_id, type, data) select id, id, 'user.created', '{}' from fresh;
  insert into audit_logs (id, tenant_id, actor_type, action, subject_type) select id, id, 'anonymous', 'user.create', 'user' from fresh;
  -- The first schemas had no partition to record an event in.
  do $$ begin
    if exists (select from pg_inherits where inhparent = 'webhook_events'::regclass) then
      insert into webhook_events (id, tenant_id, source_id, service_name, event_type, headers, body, received_at)
        select id, id, id, 'shop', 'order.paid', '{}', 'body', now() from fresh;
      insert into webhook_deliveries (id, tenant_id, event_id, destination_id) select id, id, id, id from fresh;
      insert into webhook_attempts (tenant_id, delivery_id, number, started_at, duration_ms) select id, id, 1, now(), 20 from fresh;
    end if;
  end $$;
`;
