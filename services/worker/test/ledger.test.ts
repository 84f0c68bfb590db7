import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { createLogger } from "@condo/http";
import { createDrainGroup, finishEntries, markIntake, readEntries, recordEvents } from "@condo/intake";
import { shapingMs } from "@condo/routing";
import { connect, withPlatform } from "@condo/schema";
import { createSealer } from "@condo/secrets";
import { sql } from "kysely";
import { createDestinations, type Destination } from "../src/delivery/destinations.ts";
import type { Task } from "../src/delivery/lane.ts";
import { createLedger, type Ledger } from "../src/delivery/ledger.ts";
import { startInstallation, type Installation, type Tenant } from "./installation.ts";

suite("the ledger", () => {
  let installation: Installation;
  let tenant: Tenant;
  before(async () => {
    installation = await startInstallation();
    tenant = await installation.createTenant();
  });

  function openLedger(db = installation.db.platform, gatherMs = 1) {
    const intake = () => markIntake(installation.redis, 1, 50);
    return createLedger({ db, timeoutMs: 100, bodyTimeoutMs: 100, gatherMs, markIntake: intake });
  }

  function resultOf({ delivery }: Task, status: "delivered" | "dead"): Parameters<Ledger["record"]>[0] {
    return {
      deliveryId: delivery.id,
      tenantId: tenant.id,
      eventId: delivery.event_id,
      destinationId: delivery.destination_id,
      retentionDays: delivery.retention_days,
      attempt: {
        number: 1,
        startedAt: new Date(),
        durationMs: 1,
        statusCode: 200,
        error: null,
        responseExcerpt: null,
      },
      status,
      retryInMs: null,
      disableReason: null,
    };
  }

  type Result = ReturnType<typeof resultOf>;

  /** A destination without secrets, with so many deliveries that wait. */
  async function createBacklog(count: number, body = Buffer.from("{}"), changes = {}): Promise<Destination> {
    const id = await tenant.createDestination({ url: "http://127.0.0.1:9", ...changes });
    const db = installation.db.platform;
    await db.deleteFrom("webhook_destination_secrets").where("destination_id", "=", id).execute();
    const events = Array.from({ length: count }, (_, n) => tenant.event({ n }, { body }));
    await withPlatform(db, (trx) => recordEvents(trx, events));
    const sealer = createSealer(Buffer.alloc(32).toString("base64"));
    const destinations = createDestinations(db, sealer, createLogger("worker", "silent"));
    const destination = await destinations.get({ tenantId: tenant.id, id });
    assert.ok(destination);
    return destination;
  }

  test("many that claim at once get each delivery once", async () => {
    const destination = await createBacklog(200);
    const ledger = openLedger();
    const claims = await Promise.all(Array.from({ length: 10 }, () => ledger.claim(destination, 30, "")));
    const ids = claims.flatMap(({ tasks }) => tasks.map(({ delivery }) => delivery.id));
    assert.equal(new Set(ids).size, ids.length);
    const rest = await ledger.claim(destination, 300, "");
    assert.equal(ids.length + rest.tasks.length, 200);
  });

  test("a lease has time for the transform, and for its turn", () => {
    const ledger = openLedger();
    const plain = { timeoutMs: null, transform: null };
    const shaped = { ...plain, transform: "a" };
    assert.equal(ledger.attemptMs(shaped), ledger.attemptMs(plain) + shapingMs);
    assert.equal(ledger.leaseMs(shaped), ledger.leaseMs(plain) + shapingMs);
  });

  test("a claim takes what it can hold of large bodies, one at least, and leaves the rest free", async () => {
    const destination = await createBacklog(3, Buffer.alloc(5 * 1024 * 1024));
    const ledger = openLedger();
    for (const isMore of [true, true, false]) {
      const claim = await ledger.claim(destination, 10, "");
      assert.deepEqual([claim.tasks.length, claim.isMore], [1, isMore]);
    }
    const huge = await createBacklog(1, Buffer.alloc(9 * 1024 * 1024));
    assert.equal((await ledger.claim(huge, 10, "")).tasks.length, 1);
  });

  test("a lease that has ended is claimed again; one that was given back, at once", async () => {
    const destination = await createBacklog(2);
    const ledger = openLedger();
    const first = await ledger.claim(destination, 10, "");
    assert.equal(first.tasks.length, 2);
    assert.equal((await ledger.claim(destination, 10, "")).tasks.length, 0);
    await ledger.release(first.tasks.slice(0, 1));
    assert.equal((await ledger.claim(destination, 10, "")).tasks.length, 1);
    await installation.db.platform
      .updateTable("webhook_deliveries")
      .set({ lease_until: new Date(Date.now() - 1) })
      .where("destination_id", "=", destination.id)
      .execute();
    assert.equal((await ledger.claim(destination, 10, "")).tasks.length, 2);
  });

  test("what has an order is claimed while the intake stays behind, up to where it was", async () => {
    const destination = await createBacklog(1, Buffer.from('{"key":"a"}'), { order_key: "/key" });
    const { redis } = installation;
    const ledger = openLedger();
    await createDrainGroup(redis, 0);
    await installation.accept([tenant.event({})]);
    const behind = await ledger.claim(destination, 10, "");
    assert.deepEqual([behind.isDrained, behind.tasks.length], [false, 0]);
    const read = async () => readEntries(redis, 0, "the drain", { count: 10, blockMs: 100 });
    const first = await read();
    await installation.accept([tenant.event({})]);
    await finishEntries(redis, 0, first);
    const later = await ledger.claim(destination, 10, "");
    assert.deepEqual([later.isDrained, later.tasks.length], [true, 1]);
    assert.equal((await ledger.claim(destination, 10, "")).isDrained, false, "the mark was not made anew");
    await finishEntries(redis, 0, await read());
    assert.equal((await ledger.claim(destination, 10, "")).isDrained, true);
  });

  test("a result that comes twice is recorded once, and one for what is over changes nothing", async () => {
    const destination = await createBacklog(1);
    const ledger = openLedger();
    const [task] = (await ledger.claim(destination, 1, "")).tasks;
    assert.ok(task);
    await Promise.all([
      ledger.record(resultOf(task, "delivered"), true),
      ledger.record(resultOf(task, "delivered"), true),
    ]);
    await ledger.record(resultOf(task, "dead"), true);
    const [row] = await tenant.deliveries(destination.id);
    assert.equal(row?.status, "delivered");
    assert.equal(row?.attempts, 1);
  });

  test("a result that Postgres refuses fails alone", async () => {
    const destination = await createBacklog(9);
    const ledger = openLedger();
    const { tasks } = await ledger.claim(destination, 9, "");
    const results = tasks.map((task) => resultOf(task, "delivered"));
    const [refused] = results.splice(4, 1);
    assert.ok(refused);
    const attempt = { ...refused.attempt, durationMs: 2 ** 40 };
    const [failure] = await Promise.allSettled([
      ledger.record({ ...refused, attempt }, true),
      ...results.map((result) => ledger.record(result, true)),
    ]);
    assert.equal(failure.status === "rejected" && failure.reason.code, "22003");
    const left = (await tenant.deliveries(destination.id)).filter(({ status }) => status !== "delivered");
    assert.deepEqual(
      left.map(({ id }) => id),
      [refused.deliveryId],
    );
  });

  test("a result whose transaction gave way to another is recorded in a second one", async () => {
    const destination = await createBacklog(1);
    const ledger = openLedger();
    const { tasks } = await ledger.claim(destination, 1, "");
    const owner = connect(installation.db.ownerUrl, { poolSize: 1 });
    await sql`
      create sequence conflicts;
      create function conflict_at_first() returns trigger language plpgsql security definer as $$
        begin
          if nextval('conflicts') = 1 then raise 'deadlock' using errcode = '40P01'; end if;
          return null;
        end $$;
      create trigger conflict_at_first before insert on webhook_attempts execute function conflict_at_first();
    `.execute(owner);
    await owner.destroy();
    await Promise.all(tasks.map((task) => ledger.record(resultOf(task, "delivered"), true)));
    const [row] = await tenant.deliveries(destination.id);
    assert.deepEqual([row?.status, row?.attempts], ["delivered", 1]);
  });

  test("destinations are switched off by their ids, so that no two workers wait for each other", async () => {
    const destinations = [await createBacklog(1), await createBacklog(1), await createBacklog(1)];
    const ledger = openLedger();
    const claims = await Promise.all(destinations.map((destination) => ledger.claim(destination, 1, "")));
    const gone = claims.flatMap(({ tasks }) => tasks.map((task) => resultOf(task, "dead")));
    const disableReason = "It answered 410 Gone";
    await Promise.all(gone.toReversed().map((result) => ledger.record({ ...result, disableReason }, true)));
    const told = await installation.db.platform
      .selectFrom("outbox")
      .select(sql<string>`data ->> 'destination_id'`.as("destination"))
      .where("tenant_id", "=", tenant.id)
      .where("type", "=", "webhook_destination.disabled")
      .orderBy("id")
      .execute();
    assert.deepEqual(
      told.map(({ destination }) => destination),
      destinations.map(({ id }) => id),
    );
  });

  test("results that nothing waits for are recorded together, once one is waited for or their time is over", async () => {
    const destination = await createBacklog(6);
    const db = installation.db.platform;
    const ledger = openLedger(db, 3_600_000);
    const results = (await ledger.claim(destination, 6, "")).tasks.map((task) => resultOf(task, "delivered"));
    const [first, second, third, fourth, fifth, sixth] = results as [
      Result,
      Result,
      Result,
      Result,
      Result,
      Result,
    ];
    const transactions = async () => {
      const ids = results.map(({ deliveryId }) => deliveryId);
      const { rows } = await sql<{ attempts: string }>`
        select count(*) as attempts from webhook_attempts where delivery_id = any (${ids}::uuid[]) group by xmin::text
        order by min(xmin::text::bigint)`.execute(db);
      return rows.map(({ attempts }) => Number(attempts));
    };
    const waiting = [ledger.record(first, false), ledger.record(second, false)];
    for (let n = 0; n < 20; n++) assert.deepEqual(await transactions(), []);
    await Promise.all([...waiting, ledger.record(third, true)]);
    assert.deepEqual(await transactions(), [3]);
    const hurried = [ledger.record(fourth, false), ledger.record(fifth, false)];
    ledger.hurry();
    await Promise.all(hurried);
    assert.deepEqual(await transactions(), [3, 2]);
    await openLedger(db, 1).record(sixth, false);
    assert.deepEqual(await transactions(), [3, 2, 1]);
  });

  test("what each webhook has recorded is planned once for many", async () => {
    const destination = await createBacklog(3);
    const db = connect(installation.db.platformUrl, { poolSize: 1, plansForMs: 60_000 });
    try {
      await sql`select 1`.execute(db);
      const ledger = openLedger(db);
      for (const task of (await ledger.claim(destination, 3, "")).tasks) {
        await withPlatform(db, (trx) => recordEvents(trx, [tenant.event({})]));
        await ledger.record(resultOf(task, "delivered"), true);
      }
      const { rows } = await sql<{ statement: string; plans: string }>`
        select statement, generic_plans as plans from pg_prepared_statements`.execute(db);
      for (const table of ["webhook_receipts", "webhook_attempts"]) {
        const plans = rows.filter(({ statement }) => statement.includes(`insert into ${table} `));
        assert.deepEqual(
          plans.map((row) => Number(row.plans)),
          [2],
          table,
        );
      }
    } finally {
      await db.destroy();
    }
  });

  test("a result is recorded by its key, whatever has come to wait since Postgres last looked", async () => {
    const backlog = 2_000;
    const owner = connect(installation.db.ownerUrl, { poolSize: 1 });
    const db = connect(installation.db.platformUrl, { poolSize: 1, plansForMs: 60_000 });
    const readOfPending = async (): Promise<number> => {
      const { rows } = await sql<{ read: string | null }>`
        select sum(idx_tup_read) as read
        from pg_stat_user_indexes join pg_index using (indexrelid)
        where relname like 'webhook_deliveries_%' and pg_get_expr(indpred, indrelid) like '%pending%'`.execute(
        owner,
      );
      return Number(rows[0]?.read);
    };
    try {
      await installation.db.platform
        .updateTable("webhook_deliveries")
        .set({ status: "delivered", completed_at: new Date() })
        .where("status", "=", "pending")
        .execute();
      await sql`vacuum analyze webhook_deliveries`.execute(owner);
      const destination = await createBacklog(backlog);
      const { tasks } = await openLedger().claim(destination, 10, "");
      const before = await readOfPending();
      for (const task of tasks) await openLedger(db).record(resultOf(task, "delivered"), true);
      await sql`select pg_stat_force_next_flush()`.execute(db);
      await sql`select 1`.execute(db);
      const read = (await readOfPending()) - before;
      assert.ok(read < backlog, `${read} entries of the index of what is pending were read`);
    } finally {
      await Promise.all([owner.destroy(), db.destroy()]);
    }
  });
});
