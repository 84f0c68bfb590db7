import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { createLogger } from "@condo/http";
import { newId, withPlatform, withTenant } from "@condo/schema";
import { createTestDatabase, createTestTenant, eventually, type TestDatabase } from "@condo/testing";
import { sql } from "kysely";
import { replay } from "../src/replay.ts";

const logger = createLogger("test", "silent");

let db: TestDatabase;
before(async () => {
  db = await createTestDatabase();
});

interface Place {
  tenantId: string;
  destinationId: string;
}

async function createPlace(): Promise<Place> {
  const tenantId = (await createTestTenant(db.app)).id;
  return { tenantId, destinationId: await addDestination(tenantId) };
}

async function addDestination(tenantId: string): Promise<string> {
  const id = newId();
  await withTenant(db.app, tenantId, (trx) =>
    trx
      .insertInto("webhook_destinations")
      .values({
        id,
        tenant_id: tenantId,
        name: "hook",
        url: "https://hooks.example.com",
        event_types: ["*"],
        disabled_reason: null,
        deleted_at: null,
      })
      .execute(),
  );
  return id;
}

async function addDead(place: Place, count: number, type = "order.created"): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    with event as (
      insert into webhook_events (id, tenant_id, service_name, event_type, headers, body, received_at)
      select id, ${place.tenantId}, 'orders', ${type}, '{}', '', now()
      from unnest(${Array.from({ length: count }, () => newId())}::uuid[]) id
      returning id
    )
    insert into webhook_deliveries (id, tenant_id, event_id, destination_id, status, attempts, completed_at)
    select delivery_id(id, ${place.destinationId}), ${place.tenantId}, id, ${place.destinationId}, 'dead', 3, now()
    from event
    returning id
  `.execute(db.platform);
  return rows.map(({ id }) => id);
}

async function startReplay(
  place: Place,
  options: { rate: number; total: number; type?: string; any?: boolean },
) {
  const id = newId();
  await withTenant(db.app, place.tenantId, (trx) =>
    trx
      .insertInto("replays")
      .values({
        id,
        tenant_id: place.tenantId,
        destination_id: options.any ? null : place.destinationId,
        event_type: options.type ?? null,
        since: null,
        until: null,
        rate_per_second: options.rate,
        total: options.total,
      })
      .execute(),
  );
  return id;
}

function replayOf(id: string) {
  return withPlatform(db.platform, (trx) =>
    trx.selectFrom("replays").selectAll().where("id", "=", id).executeTakeFirstOrThrow(),
  );
}

function deliveriesOf({ tenantId }: Place) {
  return withPlatform(db.platform, (trx) =>
    trx
      .selectFrom("webhook_deliveries")
      .selectAll()
      .where("tenant_id", "=", tenantId)
      .orderBy("id")
      .execute(),
  );
}

/** Works on replays while `fn` runs, as so many workers. */
async function whileWorking<T>(workers: number, fn: () => Promise<T>): Promise<T> {
  const closing = new AbortController();
  const { signal } = closing;
  const loops = Array.from({ length: workers }, () => replay({ db: db.platform, logger, signal }));
  try {
    return await fn();
  } finally {
    closing.abort();
    await Promise.all(loops);
  }
}

const isDone = (id: string) => async () => (await replayOf(id)).status === "done";

suite("replays", () => {
  test("send again what fitted when they were asked for, each once, and tell of their end", async () => {
    const place = await createPlace();
    const elsewhere = { ...place, destinationId: await addDestination(place.tenantId) };
    const wanted = await addDead(place, 25, "invoice.paid");
    const otherType = await addDead(place, 2, "order.created");
    const otherDestination = await addDead(elsewhere, 2, "invoice.paid");
    const id = await startReplay(place, { rate: 1_000, total: 25, type: "invoice.*" });
    const later = await addDead(place, 2, "invoice.paid");
    await whileWorking(3, () => eventually("the replay is done", isDone(id)));
    const after = new Map((await deliveriesOf(place)).map((row) => [row.id, row]));
    for (const letter of wanted) {
      const row = after.get(letter);
      assert.deepEqual(
        [row?.status, row?.attempts, row?.attempts_before, row?.completed_at],
        ["pending", 3, 3, null],
      );
    }
    for (const letter of [...otherType, ...otherDestination, ...later]) {
      assert.equal(after.get(letter)?.status, "dead");
    }
    const done = await replayOf(id);
    assert.deepEqual([done.replayed, done.total], [25, 25]);
    assert.ok(done.finished_at);
    const told = await withPlatform(db.platform, (trx) =>
      trx.selectFrom("outbox").select(["type", "data"]).where("tenant_id", "=", place.tenantId).execute(),
    );
    assert.deepEqual(told, [{ type: "webhook_replay.finished", data: { replay_id: id } }]);
  });

  test("keep to their rate", async () => {
    const place = await createPlace();
    await addDead(place, 6);
    const id = await startReplay(place, { rate: 20, total: 6 });
    await whileWorking(2, () => eventually("the replay is done", isDone(id)));
    const due = (await deliveriesOf(place)).map((row) => row.next_attempt_at.getTime());
    // Two in a step, a tenth of a second apart.
    assert.ok(Math.max(...due) - Math.min(...due) >= 195, `${Math.max(...due) - Math.min(...due)} ms`);
  });

  test("do not send again what dies again meanwhile", async () => {
    const place = await createPlace();
    await addDead(place, 10);
    const id = await startReplay(place, { rate: 30, total: 10 });
    await whileWorking(1, async () => {
      await eventually("the replay is done", async () => {
        await sql`
          update webhook_deliveries set status = 'dead', attempts = attempts + 1, completed_at = now()
          where tenant_id = ${place.tenantId} and status = 'pending'
        `.execute(db.platform);
        return isDone(id)();
      });
    });
    const rows = await deliveriesOf(place);
    assert.ok(
      rows.every((row) => row.attempts_before === 3),
      "each was sent again once",
    );
    assert.equal((await replayOf(id)).replayed, 10);
  });

  test("go on where a worker that was killed left them", async () => {
    const place = await createPlace();
    await addDead(place, 40);
    const id = await startReplay(place, { rate: 100, total: 40 });
    await whileWorking(1, () => eventually("it is under way", async () => (await replayOf(id)).replayed > 0));
    const half = await replayOf(id);
    assert.equal(half.status, "running");
    const pending = (await deliveriesOf(place)).filter((row) => row.status === "pending");
    assert.equal(pending.length, half.replayed, "what was noted is what was sent");
    await whileWorking(1, () => eventually("the replay is done", isDone(id)));
    assert.equal((await replayOf(id)).replayed, 40);
  });

  test("end at once when they are cancelled", async () => {
    const place = await createPlace();
    await addDead(place, 50);
    const id = await startReplay(place, { rate: 10, total: 50 });
    const other = await createPlace();
    await addDead(other, 1);
    await whileWorking(1, async () => {
      await eventually("it is under way", async () => (await replayOf(id)).replayed > 0);
      await withTenant(db.app, place.tenantId, (trx) =>
        trx.updateTable("replays").set({ status: "cancelled" }).where("id", "=", id).execute(),
      );
      const { replayed } = await replayOf(id);
      const next = await startReplay(other, { rate: 10, total: 1 });
      await eventually("another is done", isDone(next));
      assert.equal((await replayOf(id)).replayed, replayed);
    });
  });

  test("pass over a destination that was deleted", async () => {
    const place = await createPlace();
    const [letter] = await addDead(place, 1);
    await withTenant(db.app, place.tenantId, (trx) =>
      trx.updateTable("webhook_destinations").set({ deleted_at: new Date() }).execute(),
    );
    const id = await startReplay(place, { rate: 10, total: 1, any: true });
    await whileWorking(1, () => eventually("the replay is done", isDone(id)));
    const [row] = await deliveriesOf(place);
    assert.deepEqual([row?.id, row?.status], [letter, "dead"]);
  });
});
