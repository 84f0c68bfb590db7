import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { audit, connect, newId, withPlatform, withTenant } from "@condo/schema";
import { createTestDatabase, createTestTenant, type TestDatabase } from "@condo/testing";
import { sql } from "kysely";

/** Tables that belong to no single tenant, and why they may. */
const withoutTenant = new Map([
  ["tenants", "is the tenant itself: its policy compares the id"],
  ["signing_keys", "sign the tokens of all tenants"],
  ["plans", "are the operator's, for all tenants; condo_app only reads them"],
  ["address_failures", "counts over all tenants; condo_app reaches it through its functions alone"],
  [
    "service_clients",
    "are the operator's, for all tenants; condo_app reaches them through their functions alone",
  ],
  ["webhook_poison", "holds entries whose tenant may be unreadable; condo_app has no policy on it"],
]);

/** Functions that run as their owner, past the policies of who calls them, each read with that in mind. */
const definersFunctions = [
  "audit_logs_wait",
  "claim_mails",
  "count_failure_of_address",
  "erase_audit",
  "failures_of_address",
  "is_service_client",
  "list_tenants",
  "live_api_keys",
  "live_service_clients",
  "live_sessions",
  "mark_idempotency_key",
  "prune_audit",
  "prune_credentials",
  "resolve_source_key",
  "resolve_tenant",
  "sources_named",
  "tenants_of_email",
  "touch_api_keys",
  "touch_sessions",
  "webhook_partitions_ensure",
  "webhook_partitions_expire",
];

suite("isolation", () => {
  let db: TestDatabase;
  before(async () => {
    db = await createTestDatabase();
  });

  test("every table forces row level security, and every tenant table is keyed and indexed by its tenant", async () => {
    const { rows: tables } = await sql<{
      name: string;
      enabled: boolean;
      forced: boolean;
      has_tenant: boolean;
      policy: string | null;
      indexed: boolean;
      plain_foreign_keys: string[];
    }>`
      select c.relname as name, c.relrowsecurity as enabled, c.relforcerowsecurity as forced,
        exists (select from pg_attribute where attrelid = c.oid and attname = 'tenant_id' and not attisdropped) as has_tenant,
        (select string_agg(pg_get_expr(p.polqual, p.polrelid) || ' check ' || pg_get_expr(p.polwithcheck, p.polrelid), ' or ')
           from pg_policy p where p.polrelid = c.oid and 'condo_app'::regrole = any (p.polroles)) as policy,
        exists (select from pg_index i join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
           where i.indrelid = c.oid and a.attname = 'tenant_id' and i.indpred is null) as indexed,
        array(select k.conname::text from pg_constraint k
           where k.conrelid = c.oid and k.contype = 'f' and k.confrelid <> 'tenants'::regclass
             and not exists (select from pg_attribute a
               where a.attrelid = c.oid and a.attname = 'tenant_id' and a.attnum = k.conkey[1])) as plain_foreign_keys
      from pg_class c
      where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace and c.relname not like 'condo_migration%'
        and not c.relispartition
    `.execute(db.platform);
    assert.ok(tables.length >= 16);
    for (const table of tables) {
      assert.ok(table.enabled && table.forced, `${table.name} does not force row level security`);
      if (withoutTenant.has(table.name)) continue;
      assert.ok(table.has_tenant, `${table.name} has no tenant_id`);
      assert.ok(table.indexed, `${table.name} has no index that starts with tenant_id`);
      assert.deepEqual(
        table.plain_foreign_keys,
        [],
        `${table.name} has a foreign key that does not carry the tenant`,
      );
      const compared = "(tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id))";
      assert.equal(table.policy, `${compared} check ${compared}`, `policy of ${table.name}`);
    }
  });

  test("partitions are reached through their table alone, whose policies then hold", async () => {
    const { rows: partitions } = await sql<{ name: string; privileges: string[] }>`
      select c.relname as name, array(
        select role || ' ' || privilege
        from unnest(array['condo_app', 'condo_platform']) role,
          unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) privilege
        where has_table_privilege(role, c.oid, privilege)
      ) as privileges
      from pg_class c where c.relispartition and c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace
    `.execute(db.platform);
    assert.ok(partitions.length > 3);
    for (const { name, privileges } of partitions) assert.deepEqual(privileges, [], name);
    await assert.rejects(sql`select from webhook_events_later`.execute(db.app), /permission denied/);
    await assert.rejects(sql`select from webhook_events_later`.execute(db.platform), /permission denied/);
  });

  test("service roles have no way around the policies", async () => {
    const { rows: roles } = await sql<{
      rolname: string;
      rolsuper: boolean;
      rolbypassrls: boolean;
      rolcreaterole: boolean;
    }>`
      select rolname, rolsuper, rolbypassrls, rolcreaterole from pg_roles where rolname in ('condo_app', 'condo_platform')
    `.execute(db.platform);
    assert.equal(roles.length, 2);
    for (const role of roles) {
      assert.deepEqual(
        { ...role, rolname: "" },
        { rolname: "", rolsuper: false, rolbypassrls: false, rolcreaterole: false },
      );
    }
    const { rows: excess } = await sql<{ relname: string; privilege: string; role: string }>`
      select c.relname, privilege, role from pg_class c,
        unnest(array['TRUNCATE', 'REFERENCES', 'TRIGGER']) privilege, unnest(array['condo_app', 'condo_platform']) role
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
        and has_table_privilege(role, c.oid, privilege)
    `.execute(db.platform);
    assert.deepEqual(excess, []);
    const { rows: rewritable } = await sql<{ role: string; name: string }>`
      select role, name from unnest(array['condo_app', 'condo_platform']) role,
        unnest(array['audit_logs', 'audit_chain', 'audit_checkpoints']) name
      where has_any_column_privilege(role, name, 'UPDATE') or has_table_privilege(role, name, 'DELETE')
    `.execute(db.platform);
    assert.deepEqual(rewritable, [], "the audit log is append-only");
    const { rows: views } = await sql<{ relname: string }>`
      select relname from pg_class where relkind = 'v' and relnamespace = 'public'::regnamespace
        and not coalesce(reloptions, '{}') @> '{security_invoker=true}'
    `.execute(db.platform);
    assert.deepEqual(views, [], "a view without security_invoker reads past the policies");
    const { rows: open } = await sql<{ proname: string }>`
      select proname from pg_proc where pronamespace = 'public'::regnamespace and prosecdef
        and (has_function_privilege('public', oid, 'EXECUTE')
          or not coalesce(proconfig, '{}') @> array['search_path=pg_catalog, public, pg_temp']
          -- Only the owner of tables can make and drop their partitions; condo_app can't ask for it.
          or case when proname in ('webhook_partitions_ensure', 'webhook_partitions_expire')
               then has_function_privilege('condo_app', oid, 'EXECUTE')
               else proowner <> (case when proname in ('prune_audit', 'erase_audit') then 'condo_archivist' else 'condo_platform' end)::regrole
             end)
    `.execute(db.platform);
    assert.deepEqual(open, [], "a definer's function is pinned to its search path and granted by name");
    const { rows: definers } = await sql<{ proname: string }>`
      select proname from pg_proc where pronamespace = 'public'::regnamespace and prosecdef order by proname collate "C"
    `.execute(db.platform);
    assert.deepEqual(
      definers.map(({ proname }) => proname),
      definersFunctions,
      "a new one is looked at by a second pair of eyes before it is listed",
    );
  });

  test("a temporary table takes the place of none that a definer's function means", async () => {
    const tenant = await createTestTenant(db.app);
    const single = connect(db.appUrl, { poolSize: 1 });
    try {
      await sql`create temporary table audit_unchained (like public.audit_unchained)`.execute(single);
      await sql`grant all on pg_temp.audit_unchained to public`.execute(single);
      await withTenant(single, tenant.id, (trx) =>
        audit(trx, {
          tenantId: tenant.id,
          actor: { type: "anonymous", id: null, requestId: null, address: null },
          action: "test.hidden",
          subjectType: "test",
          subjectId: null,
        }),
      );
    } finally {
      await single.destroy();
    }
    const { rows } = await sql`
      select from audit_unchained waiting join audit_logs entry on entry.id = waiting.audit_id
      where entry.tenant_id = ${tenant.id} and entry.action = 'test.hidden'
    `.execute(db.platform);
    assert.equal(rows.length, 1, "an audit row was kept from the chain");
  });

  test("a query without a tenant sees nothing and writes nothing", async () => {
    const tenant = await createTestTenant(db.app);
    const { rows: tables } = await sql<{ name: string }>`
      select c.relname as name from pg_class c where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace
        and has_table_privilege('condo_app', c.oid, 'SELECT') and c.relname not in ('signing_keys', 'plans')
    `.execute(db.platform);
    for (const { name } of tables) {
      const { rows } = await sql`select from ${sql.table(name)} limit 1`.execute(db.app);
      assert.equal(rows.length, 0, `${name} shows rows without a tenant`);
    }
    await assert.rejects(
      db.app.insertInto("tenants").values({ id: newId(), slug: "nobody", name: "n", domain: null }).execute(),
      /row-level security/,
    );
    const updated = await db.app
      .updateTable("tenants")
      .set({ name: "taken" })
      .where("id", "=", tenant.id)
      .executeTakeFirst();
    assert.equal(updated.numUpdatedRows, 0n);
  });

  test("a tenant sees its own rows alone, on one pooled connection and with many at once", async () => {
    const single = connect(db.appUrl, { poolSize: 1 });
    const tenants = await Promise.all(Array.from({ length: 5 }, () => createTestTenant(db.app)));
    try {
      await Promise.all(
        Array.from({ length: 100 }, async (_, turn) => {
          const tenant = tenants[turn % tenants.length];
          assert.ok(tenant);
          const seen = await withTenant(single, tenant.id, (trx) =>
            trx.selectFrom("tenants").select("id").execute(),
          );
          assert.deepEqual(seen, [{ id: tenant.id }]);
        }),
      );
      assert.deepEqual(
        await single.selectFrom("tenants").select("id").execute(),
        [],
        "the tenant outlived its transaction",
      );
    } finally {
      await single.destroy();
    }
  });

  test("a tenant can't write into another, nor point at another's row", async () => {
    const [a, b] = await Promise.all([createTestTenant(db.app), createTestTenant(db.app)]);
    const sourceOfB = newId();
    await withTenant(db.app, b.id, (trx) =>
      trx
        .insertInto("webhook_sources")
        .values({ id: sourceOfB, tenant_id: b.id, service_name: "s", provider: "condo", deleted_at: null })
        .execute(),
    );
    await assert.rejects(
      withTenant(db.app, a.id, (trx) =>
        trx
          .insertInto("webhook_sources")
          .values({ id: newId(), tenant_id: b.id, service_name: "x", provider: "condo", deleted_at: null })
          .execute(),
      ),
      /row-level security/,
    );
    await assert.rejects(
      withTenant(db.app, a.id, (trx) =>
        trx
          .insertInto("webhook_source_secrets")
          .values({
            id: newId(),
            tenant_id: a.id,
            source_id: sourceOfB,
            secret_sealed: Buffer.alloc(1),
            expires_at: null,
          })
          .execute(),
      ),
      /foreign key/,
    );
  });

  test("the platform role sees all tenants through its own policies", async () => {
    await createTestTenant(db.app);
    await createTestTenant(db.app);
    const tenants = await withPlatform(db.platform, (trx) =>
      trx.selectFrom("tenants").select("id").execute(),
    );
    assert.ok(tenants.length >= 2);
  });

  test("a failed statement rolls the whole transaction back, though the caller caught it", async () => {
    const tenant = await createTestTenant(db.app);
    await assert.rejects(
      withTenant(db.app, tenant.id, async (trx) => {
        await trx.updateTable("tenants").set({ name: "half" }).execute();
        await sql`select 1 / 0`.execute(trx).catch(() => undefined);
      }),
    );
    const row = await withTenant(db.app, tenant.id, (trx) =>
      trx.selectFrom("tenants").select("name").executeTakeFirstOrThrow(),
    );
    assert.equal(row.name, tenant.slug);
  });

  test("a tenant id that is no UUID is refused before it reaches Postgres", async () => {
    await assert.rejects(
      withTenant(db.app, "'; drop table tenants; --", async () => undefined),
      TypeError,
    );
  });
});
