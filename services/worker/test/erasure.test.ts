import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { before, suite, test } from "node:test";
import { emit } from "@condo/events";
import type { App } from "@condo/http";
import { audit, platformTenant, verifyAuditChain, withPlatform, withTenant, type Actor } from "@condo/schema";
import { ensurePlatformTenant, takeStep, type Certificate } from "@condo/tenancy";
import { atEnd, eventually } from "@condo/testing";
import pg from "pg";
import { erase } from "../src/erasure/erase-tenant.ts";
import { fillTenant, tracesOf } from "./full-tenant.ts";
import { startInstallation, type Installation, type Tenant } from "./installation.ts";

const actor: Actor = { type: "user", id: "somebody", requestId: null, address: null };
const by = { actor, isOperator: false };

let installation: Installation;
let superuser: pg.Client;
let worker: App;

before(async () => {
  installation = await startInstallation();
  superuser = new pg.Client({ connectionString: installation.db.superuserUrl });
  await superuser.connect();
  atEnd(() => superuser.end());
  await withPlatform(installation.db.platform, ensurePlatformTenant);
  worker = await installation.startWorker({ TENANTS_EVERY_MS: "50" });
});

/** A tenant with something in every table, and in Redis. */
async function fullTenant(): Promise<Tenant> {
  const { db, redis } = installation;
  const tenant = await installation.createTenant();
  const event = tenant.event({});
  const destination = await tenant.createDestination({ kind: "stream", stream_name: "orders" });
  await fillTenant(superuser, tenant.id, { source: event.sourceId, destination });
  await installation.accept([event, ...Array.from({ length: 4 }, (_, n) => tenant.event({ n }))]);
  await eventually(
    "they are delivered to the stream",
    async () => (await redis.xlen(`condo:destinations:{${tenant.id}}:orders`)) === 5,
  );
  await withTenant(db.app, tenant.id, async (trx) => {
    await audit(trx, {
      tenantId: tenant.id,
      actor,
      action: "user.updated",
      subjectType: "user",
      subjectId: "u",
    });
    await emit(trx, tenant.id, "tenant.updated", { slug: "s" });
  });
  const domain = `${tenant.id}.example`;
  await withTenant(db.app, tenant.id, (trx) =>
    trx.insertInto("tenant_domains").values({ tenant_id: tenant.id, domain }).execute(),
  );
  for (const name of [tenant.id, domain]) {
    await redis.set(`condo:source-copy:${name}/orders`, "a copy");
  }
  await redis.hset(`condo:source-health:${event.sourceId}`, "received_at", "x");
  await eventually("its audit log is chained, its events are relayed", async () => {
    const chain = await withTenant(db.app, tenant.id, (trx) =>
      trx.selectFrom("audit_chain").select("sequence").execute(),
    );
    const outbox = await withTenant(db.app, tenant.id, (trx) =>
      trx.selectFrom("outbox").select("relayed_at").execute(),
    );
    return chain.length > 0 && outbox.every(({ relayed_at: at }) => at !== null);
  });
  return tenant;
}

async function redisTracesOf(tenantId: string): Promise<string[]> {
  const { redis } = installation;
  const traces = (await redis.keys("*")).filter((key) => key.includes(tenantId));
  for (const area of ["identity", "tenants", "webhooks"]) {
    const entries = await redis.xrange(`condo:events:${area}`, "-", "+");
    traces.push(
      ...entries
        .map(([, fields]) => fields[1] ?? "")
        .filter((text) => text.includes(`"condotenant":"${tenantId}`)),
    );
  }
  return traces;
}

const certificateOf = (tenantId: string) =>
  eventually("it is erased", () =>
    withTenant(installation.db.app, platformTenant.id, async (trx) => {
      const row = await trx
        .selectFrom("tenant_erasures")
        .select("certificate")
        .where("erased_tenant_id", "=", tenantId)
        .executeTakeFirst();
      return row?.certificate as unknown as Certificate | null;
    }),
  );

const close = (tenant: Tenant, graceSeconds: number) =>
  withPlatform(installation.db.platform, (trx) => takeStep(trx, tenant.id, "close", { ...by, graceSeconds }));

suite("a tenant whose grace is over", () => {
  test("is erased everywhere, and no other is touched", async () => {
    const [gone, kept, waiting] = [await fullTenant(), await fullTenant(), await fullTenant()];
    // A table that nobody has told of.
    await superuser.query(`
      create table notes (tenant_id uuid not null references tenants, id uuid not null, text text, primary key (tenant_id, id));
      grant select, delete on notes to condo_platform;
      insert into notes values ('${gone.id}', gen_random_uuid(), 'x'), ('${kept.id}', gen_random_uuid(), 'x');
    `);
    const keptBefore = await tracesOf(superuser, kept.id);
    await close(waiting, 3600);
    await close(gone, 0);
    const certificate = await certificateOf(gone.id);

    assert.deepEqual(await tracesOf(superuser, gone.id), {});
    assert.deepEqual(await redisTracesOf(gone.id), []);
    assert.deepEqual(await tracesOf(superuser, kept.id), keptBefore);
    assert.ok((await redisTracesOf(kept.id)).length > 2);
    assert.ok(Object.keys(await tracesOf(superuser, waiting.id)).length > 20);
    for (const table of [
      "tenants",
      "users",
      "webhook_events",
      "webhook_attempts",
      "audit_logs",
      "audit_chain",
      "mails",
      "notes",
    ]) {
      assert.ok((certificate.erased[table] ?? 0) > 0, table);
    }
    assert.equal(certificate.erased["webhook_events"], 5);
    assert.equal(certificate.requested_by, "user:somebody");
    await superuser.query("drop table notes");
  });

  test("leaves a certificate that nobody can change unnoticed", async () => {
    const tenant = await installation.createTenant();
    await close(tenant, 0);
    const { digest, ...text } = await certificateOf(tenant.id);
    const inOrder = (value: object): object =>
      Object.fromEntries(
        Object.entries(value)
          .toSorted(([one], [other]) => (one < other ? -1 : 1))
          .map(([name, item]) => [name, typeof item === "object" ? inOrder(item as object) : item]),
      );
    assert.equal(
      createHash("sha256")
        .update(JSON.stringify(inOrder(text)))
        .digest("hex"),
      digest,
    );
    await withTenant(installation.db.app, platformTenant.id, async (trx) => {
      const entry = await trx
        .selectFrom("audit_logs")
        .selectAll()
        .where("subject_id", "=", tenant.id)
        .where("action", "=", "tenant.erased")
        .executeTakeFirstOrThrow();
      assert.equal((entry.after as Certificate).digest, digest);
      assert.equal((await verifyAuditChain(trx, platformTenant.id)).broken, null);
    });
    await assert.rejects(
      withTenant(installation.db.app, platformTenant.id, (trx) =>
        trx.deleteFrom("tenant_erasures").execute(),
      ),
      /permission denied/,
    );
  });
});

suite("a trial", () => {
  test("that has ended is suspended, with a reason", async () => {
    const tenant = await installation.createTenant();
    const ends = new Date(Date.now() - 1_000);
    await withPlatform(installation.db.platform, (trx) =>
      trx
        .updateTable("tenants")
        .set({ status: "trial", trial_ends_at: ends })
        .where("id", "=", tenant.id)
        .execute(),
    );
    const row = await eventually("it is suspended", () =>
      withTenant(installation.db.app, tenant.id, async (trx) => {
        const found = await trx.selectFrom("tenants").selectAll().executeTakeFirstOrThrow();
        return found.status === "suspended" ? found : undefined;
      }),
    );
    assert.equal(row.status_reason, "The trial has ended");
    const running = await installation.createTenant();
    await withPlatform(installation.db.platform, (trx) =>
      trx
        .updateTable("tenants")
        .set({ status: "trial", trial_ends_at: new Date(Date.now() + 3_600_000) })
        .where("id", "=", running.id)
        .execute(),
    );
    await close(await installation.createTenant(), 0);
    assert.equal(
      (
        await withTenant(installation.db.app, running.id, (trx) =>
          trx.selectFrom("tenants").select("status").executeTakeFirstOrThrow(),
        )
      ).status,
      "trial",
    );
  });
});

suite("an erasure", () => {
  test("is gone on with after a crash at any table, and every row is counted once", async () => {
    const { db, redis } = installation;
    const tenant = await fullTenant();
    await worker.close();
    // More than one transaction takes.
    await superuser.query(
      `insert into login_attempts (tenant_id, account_hash, failures)
       select $1, sha256(n::text::bytea), 1 from generate_series(1, 2500) n`,
      [tenant.id],
    );
    await superuser.query("update tenants set status = 'closed' where id = $1", [tenant.id]);
    const before = await tracesOf(superuser, tenant.id);
    const { slug } = (await superuser.query("select slug from tenants where id = $1", [tenant.id]))
      .rows[0] as { slug: string };
    const options = { db: db.platform, redis, shards: 1, signal: new AbortController().signal };
    await withPlatform(db.platform, (trx) =>
      trx
        .insertInto("tenant_erasures")
        .values({
          tenant_id: platformTenant.id,
          erased_tenant_id: tenant.id,
          slug,
          requested_by: "x",
          requested_at: new Date(),
        })
        .execute(),
    );
    for (const table of [
      "api_keys",
      "users",
      "webhook_attempts",
      "webhook_events",
      "audit_logs",
      "tenants",
    ]) {
      await superuser.query(`
        create or replace function crash() returns trigger language plpgsql as
          $$ begin if old.${table === "tenants" ? "id" : "tenant_id"} = '${tenant.id}' then raise 'crash'; end if; return old; end $$;
        create trigger crash before delete on ${table} for each row execute function crash();
      `);
      await assert.rejects(erase(options, tenant.id), /crash/, table);
      await superuser.query(`drop trigger crash on ${table}`);
    }
    const certificate = (await erase(options, tenant.id)) ?? (await certificateOf(tenant.id));
    assert.deepEqual(await tracesOf(superuser, tenant.id), {});
    const {
      redis_keys: _keys,
      redis_queued_events: _queued,
      redis_domain_events: _events,
      ...rows
    } = certificate.erased;
    assert.deepEqual(rows, before);
  });
});
