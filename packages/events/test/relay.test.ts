import assert from "node:assert/strict";
import { before, beforeEach, suite, test } from "node:test";
import { connect, newId, withPlatform, withTenant } from "@condo/schema";
import {
  atEnd,
  createTestDatabase,
  createTestTenant,
  startTestRedis,
  type TestDatabase,
} from "@condo/testing";
import { Redis } from "ioredis";
import { sql } from "kysely";
import { decodeEvent, emit, pruneOutbox, relayOutbox, streamOf } from "../src/index.ts";

suite("outbox and relay", () => {
  let db: TestDatabase;
  let redis: Redis;
  let tenant: { id: string };

  before(async () => {
    const engine = await startTestRedis();
    db = await createTestDatabase();
    redis = new Redis(engine.url);
    atEnd(async () => redis.disconnect());
  });

  beforeEach(async () => {
    await withPlatform(db.platform, (trx) => trx.deleteFrom("outbox").execute());
    await redis.flushall();
    tenant = await createTestTenant(db.app);
  });

  async function emitSlug(slug: string): Promise<void> {
    await withTenant(db.app, tenant.id, (trx) => emit(trx, tenant.id, "tenant.updated", { slug }));
  }

  async function emitMany(count: number): Promise<string[]> {
    const slugs = Array.from({ length: count }, (_, index) => `slug-${index}`);
    await withTenant(db.app, tenant.id, async (trx) => {
      for (const slug of slugs) await emit(trx, tenant.id, "tenant.updated", { slug });
    });
    return slugs;
  }

  /** Slugs of the published `tenant.updated` events, in stream order. */
  async function published(): Promise<string[]> {
    const entries = await redis.xrange(streamOf("tenants"), "-", "+");
    return entries.map(([, fields]) => (decodeEvent(String(fields[1])).data as { slug: string }).slug);
  }

  async function relayAll(): Promise<number> {
    let total = 0;
    for (;;) {
      const { relayed, more } = await relayOutbox(db.platform, redis);
      total += relayed;
      if (!more) return total;
    }
  }

  const waiting = async () =>
    withPlatform(db.platform, (trx) =>
      trx.selectFrom("outbox").select("type").where("relayed_at", "is", null).execute(),
    );

  test("an event is relayed as it was written, to the stream of its area", async () => {
    await emitSlug("acme");
    assert.deepEqual(await relayOutbox(db.platform, redis), { relayed: 1, more: false });
    const [entry] = await redis.xrange(streamOf("tenants"), "-", "+");
    const event = decodeEvent(String(entry?.[1][1]));
    assert.equal(event.tenantId, tenant.id);
    assert.equal(event.type, "tenant.updated");
    assert.deepEqual(event.data, { slug: "acme" });
    assert.ok(Math.abs(Date.now() - event.time.getTime()) < 60_000);
    assert.equal(await redis.exists(streamOf("identity"), streamOf("webhooks")), 0);
    assert.deepEqual(await relayOutbox(db.platform, redis), { relayed: 0, more: false }, "once");
  });

  test("a change that is rolled back leaves no event", async () => {
    await assert.rejects(
      withTenant(db.app, tenant.id, async (trx) => {
        await trx.updateTable("tenants").set({ name: "changed" }).execute();
        await emit(trx, tenant.id, "tenant.updated", { slug: "ghost" });
        throw new Error("changed my mind");
      }),
      /changed my mind/,
    );
    assert.equal(await relayAll(), 0);
    assert.deepEqual(await published(), []);
  });

  test("an event that is not as the catalogue says is not written", async () => {
    await assert.rejects(
      withTenant(db.app, tenant.id, (trx) => emit(trx, tenant.id, "tenant.updated", {} as { slug: string })),
    );
    assert.deepEqual(await waiting(), []);
  });

  test("a tenant can't write an event of another", async () => {
    const other = await createTestTenant(db.app);
    await assert.rejects(
      withTenant(db.app, tenant.id, (trx) => emit(trx, other.id, "tenant.updated", { slug: "x" })),
      /row-level security/,
    );
  });

  test("events keep their order over several batches", async () => {
    const slugs = await emitMany(1_203);
    assert.deepEqual(await relayOutbox(db.platform, redis), { relayed: 500, more: true });
    await relayAll();
    assert.deepEqual(await published(), slugs);
  });

  test("several relays at once publish each event once", async () => {
    const slugs = await emitMany(1_200);
    const others = [connect(db.platformUrl), connect(db.platformUrl)];
    try {
      const relays = [db.platform, ...others];
      for (let turn = 0; (await waiting()).length > 0 && turn < 100; turn++) {
        await Promise.all(relays.map((relay) => relayOutbox(relay, redis)));
      }
    } finally {
      await Promise.all(others.map((other) => other.destroy()));
    }
    assert.deepEqual(await published(), slugs);
  });

  /** Fails each marking of rows as relayed, once the stream has been written. */
  async function whileMarkingFails(work: () => Promise<void>): Promise<void> {
    const owner = connect(db.ownerUrl);
    await sql`
      create function fail() returns trigger language plpgsql as $$ begin raise 'marking fails'; end $$
    `.execute(owner);
    await sql`
      create trigger fail before update of relayed_at on outbox for each row
      when (new.relayed_at is not null) execute function fail()
    `.execute(owner);
    try {
      await work();
    } finally {
      await sql`drop function fail cascade`.execute(owner);
      await owner.destroy();
    }
  }

  test("a crash between stream and marking relays again, under the same ids", async () => {
    await emitSlug("twice");
    await whileMarkingFails(async () => {
      await assert.rejects(relayOutbox(db.platform, redis), /marking fails/);
    });
    assert.equal(await relayAll(), 1);
    const entries = await redis.xrange(streamOf("tenants"), "-", "+");
    const ids = entries.map(([, fields]) => decodeEvent(String(fields[1])).id);
    assert.equal(ids.length, 2);
    assert.equal(new Set(ids).size, 1);
  });

  /** A Redis whose next XADD is preceded by something. */
  function beforeXadd(step: () => Promise<unknown>): Redis {
    let pending: Promise<unknown> | undefined;
    return new Proxy(redis, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        const method = value.bind(target) as (...args: unknown[]) => Promise<unknown>;
        if (name !== "xadd") return method;
        return async (...args: unknown[]) => {
          pending ??= step();
          await pending;
          return method(...args);
        };
      },
    });
  }

  test("a relay whose Postgres connection is killed mid-way loses nothing, and lets go of its lock", async () => {
    const slugs = await emitMany(10);
    const victim = connect(db.platformUrl, { poolSize: 1, applicationName: "victim" });
    const killing = beforeXadd(() =>
      sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'victim'`.execute(
        db.platform,
      ),
    );
    await assert.rejects(relayOutbox(victim, killing));
    assert.equal((await waiting()).length, 10);
    assert.equal(await relayAll(), 10);
    assert.deepEqual([...new Set(await published())], slugs);
    await victim.destroy();
  });

  test("a Redis that fails leaves the events waiting", async () => {
    await emitMany(3);
    const broken = beforeXadd(() => Promise.reject(new Error("Connection is closed.")));
    await assert.rejects(relayOutbox(db.platform, broken), /Connection is closed/);
    assert.equal((await waiting()).length, 3);
    assert.equal(await relayAll(), 3);
  });

  test("an emptied Redis gets everything again that is kept", async () => {
    const slugs = await emitMany(700);
    await relayAll();
    await redis.flushall();
    await emitSlug("newest");
    assert.equal(await relayAll(), 701);
    assert.deepEqual(await published(), [...slugs, "newest"]);
    assert.equal(await relayAll(), 0, "and once");
  });

  test("an emptied Redis gets everything, though the first relay after it fails", async () => {
    const slugs = await emitMany(20);
    await relayAll();
    await redis.flushall();
    await whileMarkingFails(async () => {
      await assert.rejects(relayOutbox(db.platform, redis), /marking fails/);
    });
    await relayAll();
    assert.deepEqual([...new Set(await published())], slugs);
  });

  test("a Redis that is emptied while a relay works gets everything by the next", async () => {
    const slugs = await emitMany(5);
    await relayAll();
    await emitSlug("during");
    await relayOutbox(
      db.platform,
      beforeXadd(() => redis.flushall()),
    );
    await relayAll();
    assert.deepEqual([...new Set(await published())].sort(), [...slugs, "during"].sort());
  });

  async function insertUnknown(count: number): Promise<void> {
    await withTenant(db.app, tenant.id, async (trx) => {
      for (let index = 0; index < count; index++) {
        await trx
          .insertInto("outbox")
          .values({ id: newId(), tenant_id: tenant.id, type: "toString", data: "{}", relayed_at: null })
          .execute();
      }
    });
  }

  test("rows of an unknown type wait, and hold up nothing", async () => {
    await insertUnknown(501);
    await emitSlug("behind");
    assert.equal(await relayAll(), 1);
    assert.deepEqual(await published(), ["behind"]);
    assert.equal((await waiting()).length, 501);
  });

  test("only what was relayed long ago is pruned", async () => {
    await emitMany(3);
    await relayAll();
    await emitSlug("waits");
    assert.equal(await pruneOutbox(db.platform), 0);
    await withPlatform(db.platform, (trx) =>
      trx
        .updateTable("outbox")
        .set({ relayed_at: new Date(Date.now() - 8 * 24 * 3_600_000) })
        .where("relayed_at", "is not", null)
        .execute(),
    );
    assert.equal(await pruneOutbox(db.platform), 3);
    assert.equal(await relayAll(), 1);
  });
});
