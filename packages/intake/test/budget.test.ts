import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { suite, test } from "node:test";
import { newId } from "@condo/schema";
import {
  createAppender,
  finishEntries,
  type Appender,
  type IncomingEvent,
  type OverBudget,
} from "../src/index.ts";
import { incomingEvent } from "./events.ts";
import { decoded, startShard, stream } from "./shard.ts";

const { redis, read } = await startShard();

suite("budgets", () => {
  const limits = { bytes: 1_000_000, events: 10, tenantBytes: 5_000, tenantEvents: 4 };
  const held = () => redis.hgetall("{intake:0}:held");

  async function take(appender: Appender, count: number, changes: Partial<IncomingEvent>) {
    const receipts = await Promise.allSettled(
      Array.from({ length: count }, () => appender.append(incomingEvent(changes))),
    );
    return receipts.map((receipt) =>
      receipt.status === "fulfilled" ? "taken" : (receipt.reason as OverBudget).shortage,
    );
  }

  test("what is over a tenant's budget, or the whole one, is refused, counted exactly and forgotten", async () => {
    const appender = createAppender(redis, 1, limits);
    const [a, b, c] = [newId(), newId(), newId()];
    assert.deepEqual(await take(appender, 6, { tenantId: a }), [
      ...Array(4).fill("taken"),
      "tenant",
      "tenant",
    ]);
    assert.equal(await appender.gate.check(a), "tenant");
    assert.equal(await appender.gate.check(b), null);
    assert.equal((await redis.keys("*:seen:*")).length, 4, "the refused may come again");
    await take(appender, 4, { tenantId: b });
    assert.deepEqual(await take(appender, 4, { tenantId: c }), ["taken", "taken", "intake", "intake"]);
    assert.equal(await appender.gate.check(c), "intake");
    assert.equal((await held())["n"], "10");
    assert.equal(await redis.xlen(stream), 10, "nothing was trimmed");
  });

  test("what is finished is off the counts once, and gives room", async () => {
    const appender = createAppender(redis, 1, limits);
    const [a, b] = [newId(), newId()];
    await take(appender, 4, { tenantId: a });
    await take(appender, 1, { tenantId: b });
    const entries = await read();
    const [first] = entries;
    assert.ok(first);
    await finishEntries(redis, 0, [first]);
    await finishEntries(redis, 0, [first]);
    assert.deepEqual(
      [(await held())["n"], (await held())[`n:${a}`], (await held())[`n:${b}`]],
      ["4", "3", "1"],
    );
    assert.deepEqual(await take(appender, 2, { tenantId: a }), ["taken", "tenant"]);
    await finishEntries(redis, 0, entries);
    assert.deepEqual(Object.keys(await held()).toSorted(), ["b", `b:${a}`, "n", `n:${a}`].toSorted());
    await finishEntries(redis, 0, await read());
    assert.deepEqual(await held(), {});
  });

  test("bytes count: a body may end above the budget, the next waits", async () => {
    const appender = createAppender(redis, 1, limits);
    const tenantId = newId();
    assert.deepEqual(await take(appender, 1, { tenantId, body: randomBytes(20_000) }), ["taken"]);
    assert.deepEqual(await take(appender, 1, { tenantId }), ["tenant"]);
    const [entry] = await read();
    assert.ok(entry);
    assert.ok(Number((await held())["b"]) > 20_000);
    await finishEntries(redis, 0, [entry]);
    assert.deepEqual(await take(appender, 1, { tenantId }), ["taken"]);
  });

  test("a repetition is known for one though the intake is full", async () => {
    const appender = createAppender(redis, 1, limits);
    const event = incomingEvent();
    await appender.append(event);
    await take(appender, 3, { tenantId: event.tenantId });
    assert.deepEqual(await appender.append({ ...event, id: newId() }), { status: "duplicate", id: event.id });
  });

  test("counts that went wrong heal when the shard is empty", async () => {
    const appender = createAppender(redis, 1, limits);
    await take(appender, 2, { tenantId: newId() });
    await redis.xtrim(stream, "MAXLEN", 1);
    await redis.hincrby("{intake:0}:held", "n", 100);
    assert.deepEqual(await take(appender, 1, {}), ["intake"]);
    await finishEntries(redis, 0, await read());
    assert.deepEqual(await held(), {});
    assert.deepEqual(await take(appender, 1, {}), ["taken"]);
  });

  test("many tenants in one turn take turns", async () => {
    const appender = createAppender(redis, 1);
    const [flood, quiet] = [newId(), newId()];
    const events = [
      ...Array.from({ length: 300 }, () => incomingEvent({ tenantId: flood })),
      incomingEvent({ tenantId: quiet }),
    ];
    await Promise.all(events.map((event) => appender.append(event)));
    const order = decoded(await read()).map((event) => event.tenantId);
    assert.ok(order.indexOf(quiet) < 2);
  });
});

suite("a monthly quota", () => {
  test("is dealt out to shards by what is left of it, and asked for again when it is used up", async () => {
    const tenantId = newId();
    const recorded = 2;
    let asked = 0;
    const appender = createAppender(redis, 1, undefined, async () => {
      asked++;
      return { events: recorded, endsInMs: 86_400_000 };
    });
    const append = () => appender.append(incomingEvent({ tenantId, monthlyLimit: 10 }));
    const outcomes = await Promise.allSettled(Array.from({ length: 200 }, append));
    assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 8);
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") assert.equal((outcome.reason as OverBudget).shortage, "month");
    }
    assert.ok(asked <= 4, `${asked} questions for 200 events in four batches`);
    assert.equal(await appender.gate.check(tenantId), "month");
    assert.equal(await appender.gate.check(newId()), null);
  });

  test("turns nobody away while nobody can tell what is left", async () => {
    const appender = createAppender(redis, 1, undefined, async () => {
      throw new Error("postgres is away");
    });
    const receipt = await appender.append(incomingEvent({ monthlyLimit: 0 }));
    assert.equal(receipt.status, "accepted");
  });
});
