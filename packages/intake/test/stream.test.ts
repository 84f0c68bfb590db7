import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { before, beforeEach, suite, test } from "node:test";
import { newId } from "@condo/schema";
import { atEnd, eventually, startTestRedis } from "@condo/testing";
import { Redis } from "ioredis";
import {
  claimEntries,
  createAppender,
  createDrainGroup,
  decodeEntry,
  durabilityOf,
  eraseQueued,
  finishEntries,
  intakeLag,
  intakeStreamOf,
  readEntries,
  type Appender,
  type IncomingEvent,
  type OverBudget,
  type RawEntry,
} from "../src/index.ts";
import { incomingEvent } from "./events.ts";

const stream = intakeStreamOf(0);
const limits = { count: 1_000, blockMs: 50 };

let engine: Awaited<ReturnType<typeof startTestRedis>>;
let redis: Redis;

before(async () => {
  engine = await startTestRedis();
  redis = new Redis(engine.url);
  redis.on("error", () => undefined);
  atEnd(async () => redis.disconnect());
});

beforeEach(async () => {
  await redis.flushall();
  await createDrainGroup(redis, 0);
});

async function read(consumer = "test"): Promise<RawEntry[]> {
  return readEntries(redis, 0, consumer, limits);
}

const decoded = (entries: readonly RawEntry[]) =>
  entries.map((entry) => decodeEntry(entry.header, entry.body));

suite("append", () => {
  test("an accepted event is read as it was appended", async () => {
    const event = incomingEvent({
      senderEventId: "evt_1",
      contentType: null,
      headers: { "x-é": "ü 😀", __proto__: "x" },
    });
    assert.deepEqual(await createAppender(redis, 1).append(event), { status: "accepted", id: event.id });
    assert.deepEqual(decoded(await read()), [event]);
  });

  test("bodies come back to the byte", async () => {
    const appender = createAppender(redis, 1);
    const bodies = [
      Buffer.alloc(0),
      Buffer.from([0, 13, 10, 0, 255, 254, 0xc3, 0x28]),
      randomBytes(1024 * 1024),
      Buffer.from("$5\r\nhello\r\n"),
    ];
    await Promise.all(bodies.map((body) => appender.append(incomingEvent({ body }))));
    assert.deepEqual(
      decoded(await read()).map((event) => event.body.toString("hex")),
      bodies.map((body) => body.toString("hex")),
    );
  });

  test("a repetition is a duplicate, and names the first id", async () => {
    const appender = createAppender(redis, 1);
    const first = incomingEvent();
    const again = { ...first, id: newId() };
    await appender.append(first);
    assert.deepEqual(await appender.append(again), { status: "duplicate", id: first.id });
    assert.equal(await redis.xlen(stream), 1);
  });

  test("a repetition in the same turn is a duplicate", async () => {
    const appender = createAppender(redis, 1);
    const first = incomingEvent();
    const receipts = await Promise.all(
      Array.from({ length: 5 }, (_, index) =>
        appender.append(index === 0 ? first : { ...first, id: newId() }),
      ),
    );
    assert.deepEqual(receipts.map((receipt) => receipt.status).toSorted(), [
      "accepted",
      ...Array<string>(4).fill("duplicate"),
    ]);
    assert.deepEqual(new Set(receipts.map((receipt) => receipt.id)), new Set([first.id]));
    assert.equal(await redis.xlen(stream), 1);
  });

  test("the same event under the same id is accepted again, and appended once", async () => {
    const event = incomingEvent();
    await createAppender(redis, 1).append(event);
    assert.deepEqual(await createAppender(redis, 1).append(event), { status: "accepted", id: event.id });
    assert.equal(await redis.xlen(stream), 1);
  });

  test("the same key of another tenant or another source is another event", async () => {
    const appender = createAppender(redis, 4);
    const first = incomingEvent({ dedupeKey: "evt_1" });
    const others = [
      incomingEvent({ ...first, id: newId(), tenantId: newId() }),
      incomingEvent({ ...first, id: newId(), sourceId: newId() }),
    ];
    for (const event of [first, ...others]) {
      assert.deepEqual(await appender.append(event), { status: "accepted", id: event.id });
    }
  });

  test("a repetition after the window is accepted", async () => {
    const appender = createAppender(redis, 1);
    const first = incomingEvent({ dedupeWindowMs: 50 });
    const again = { ...first, id: newId() };
    await appender.append(first);
    assert.equal((await appender.append(again)).status, "duplicate");
    await eventually("the window to pass", async () => (await redis.keys("*:seen:*")).length === 0);
    assert.deepEqual(await appender.append(again), { status: "accepted", id: again.id });
  });

  test("a repetition does not lengthen the window", async () => {
    const appender = createAppender(redis, 1);
    const first = incomingEvent({ dedupeWindowMs: 30_000 });
    await appender.append(first);
    const [key] = await redis.keys("*:seen:*");
    assert.ok(key);
    await redis.pexpire(key, 10_000);
    await appender.append({ ...first, id: newId() });
    assert.ok((await redis.pttl(key)) <= 10_000);
  });

  async function callsOf(command: string): Promise<number> {
    const info = await redis.info("commandstats");
    return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(info)?.[1] ?? 0);
  }

  test("events of one turn travel in few calls, each with its own receipt", async () => {
    const appender = createAppender(redis, 1);
    await appender.append(incomingEvent());
    const before = await callsOf("evalsha");
    const events = Array.from({ length: 640 }, () => incomingEvent());
    const receipts = await Promise.all(events.map((event) => appender.append(event)));
    assert.deepEqual(
      receipts,
      events.map(({ id }) => ({ status: "accepted", id })),
    );
    assert.equal((await callsOf("evalsha")) - before, 10);
    assert.deepEqual(
      decoded(await read())
        .map((event) => event.id)
        .slice(1),
      events.map((event) => event.id),
    );
  });

  test("a shard's repetitions meet there, and all shards are used", async () => {
    const appender = createAppender(redis, 4);
    const events = Array.from({ length: 200 }, () => incomingEvent());
    await Promise.all(events.map((event) => appender.append(event)));
    const again = await Promise.all(events.map((event) => appender.append({ ...event, id: newId() })));
    assert.ok(again.every(({ status }) => status === "duplicate"));
    const lengths = await Promise.all([0, 1, 2, 3].map((shard) => redis.xlen(intakeStreamOf(shard))));
    assert.ok(Math.min(...lengths) > 20, `a lopsided spread: ${lengths.join(" ")}`);
  });

  test("a Redis that forgot its scripts is taught again", async () => {
    const appender = createAppender(redis, 1);
    await redis.script("FLUSH");
    const events = Array.from({ length: 130 }, () => incomingEvent());
    await Promise.all(events.map((event) => appender.append(event)));
    assert.equal(await redis.xlen(stream), 130);
    const evals = await callsOf("eval");
    await appender.append(incomingEvent());
    assert.equal(await callsOf("eval"), evals, "once");
  });

  test("a Redis out of memory takes nothing, and remembers nothing of it", async () => {
    const appender = createAppender(redis, 1);
    const event = incomingEvent();
    await redis.config("SET", "maxmemory", "1");
    try {
      await assert.rejects(appender.append(event), /OOM/);
    } finally {
      await redis.config("SET", "maxmemory", "0");
    }
    assert.deepEqual(await redis.keys("*:seen:*"), []);
    const again = { ...event, id: newId() };
    assert.deepEqual(await appender.append(again), { status: "accepted", id: again.id });
  });

  test("an event whose append fails is forgotten, so that the next try counts", async () => {
    const appender = createAppender(redis, 1);
    const event = incomingEvent();
    await redis.set(stream, "not a stream");
    await assert.rejects(appender.append(event), /WRONGTYPE/);
    assert.deepEqual(await redis.keys("*:seen:*"), []);
    await redis.del(stream);
    const again = { ...event, id: newId() };
    assert.deepEqual(await appender.append(again), { status: "accepted", id: again.id });
  });

  test("an event that can't be encoded fails alone", async () => {
    const appender = createAppender(redis, 1);
    const [bad, good] = await Promise.allSettled([
      appender.append(incomingEvent({ receivedAt: new Date(Number.NaN) })),
      appender.append(incomingEvent()),
    ]);
    assert.equal(bad?.status, "rejected");
    assert.equal(good?.status, "fulfilled");
  });

  test("whatever was acknowledged is there after SIGKILL of Redis, mid-load", async () => {
    const sender = new Redis(engine.url, { maxRetriesPerRequest: 0, retryStrategy: null });
    sender.on("error", () => undefined);
    const appender = createAppender(sender, 1);
    const acknowledged = new Set<string>();
    let isAlive = true;
    const load = Array.from({ length: 20 }, async () => {
      while (isAlive) {
        const event: IncomingEvent = incomingEvent({ body: randomBytes(2_000) });
        const receipt = await appender.append(event).catch(() => undefined);
        if (receipt) acknowledged.add(receipt.id);
        else isAlive = false;
      }
    });
    await eventually("some load", async () => acknowledged.size > 200);
    await engine.kill();
    await Promise.all(load);
    await engine.restart();
    const kept = new Set<string>();
    for (let entries = await read(); entries.length > 0; entries = await read()) {
      for (const event of decoded(entries)) kept.add(event.id);
    }
    const lost = [...acknowledged].filter((id) => !kept.has(id));
    assert.deepEqual(lost, []);
    sender.disconnect();
  });
});

suite("read, claim, finish", () => {
  async function append(count: number, body?: Buffer): Promise<void> {
    const appender = createAppender(redis, 1);
    const changes = body ? { body } : {};
    await Promise.all(Array.from({ length: count }, () => appender.append(incomingEvent(changes))));
  }

  test("an empty stream answers nothing, once the wait is over", async () => {
    assert.deepEqual(await read(), []);
  });

  test("an entry goes to one reader, and a limit is kept", async () => {
    await append(3);
    const [a, b, c] = [
      await readEntries(redis, 0, "a", { count: 2, blockMs: 50 }),
      await readEntries(redis, 0, "b", { count: 2, blockMs: 50 }),
      await readEntries(redis, 0, "c", { count: 2, blockMs: 50 }),
    ];
    assert.deepEqual([a.length, b.length, c.length], [2, 1, 0]);
  });

  test("a read ends with the bytes that it may hold, and so does a claim", async () => {
    await append(12, Buffer.alloc(100_000));
    const most = { count: 100, bytes: 500_000 };
    const first = await readEntries(redis, 0, "a", { ...most, blockMs: 50 });
    const second = await readEntries(redis, 0, "a", { ...most, blockMs: 50 });
    assert.deepEqual([first.length, second.length], [8, 4]);
    assert.deepEqual(await claimEntries(redis, 0, "b", { ...most, minIdleMs: 0 }), first);
  });

  test("finished entries are gone", async () => {
    await append(3);
    const [first, ...others] = await read();
    assert.ok(first);
    await finishEntries(redis, 0, [first]);
    assert.equal(await redis.xlen(stream), 2);
    await finishEntries(redis, 0, []);
    await finishEntries(redis, 0, others);
    assert.equal(await redis.xlen(stream), 0);
    assert.deepEqual((await redis.xpending(stream, "drain"))[0], 0);
    await finishEntries(redis, 0, [first]);
  });

  test("what a dead reader left is claimed, but not what a living one holds", async () => {
    await append(2);
    const [held] = await readEntries(redis, 0, "living", { count: 1, blockMs: 50 });
    const [left] = await readEntries(redis, 0, "dead", { count: 1, blockMs: 50 });
    assert.ok(held && left);
    await redis.xclaim(stream, "drain", "dead", 0, left.streamId, "IDLE", 3_600_000);
    const claimed = await claimEntries(redis, 0, "heir", { count: 10, minIdleMs: 60_000 });
    assert.deepEqual(claimed, [left]);
    assert.deepEqual(await claimEntries(redis, 0, "heir", { count: 10, minIdleMs: 60_000 }), []);
  });

  test("what a dead reader left is found behind more busy entries than one look covers", async () => {
    await append(201);
    await readEntries(redis, 0, "busy", { count: 200, blockMs: 50 });
    const [left] = await readEntries(redis, 0, "dead", { count: 1, blockMs: 50 });
    assert.ok(left);
    await redis.xclaim(stream, "drain", "dead", 0, left.streamId, "IDLE", 3_600_000);
    assert.deepEqual(await claimEntries(redis, 0, "heir", { count: 5, minIdleMs: 60_000 }), [left]);
  });

  test("a group is made once, and again after a flush", async () => {
    await createDrainGroup(redis, 0);
    await redis.flushall();
    await assert.rejects(read(), /NOGROUP/);
    await append(1);
    await createDrainGroup(redis, 0);
    assert.equal((await read()).length, 1, "it reads what came before the group");
  });

  test("the lag tells how many wait and since when", async () => {
    assert.deepEqual(await intakeLag(redis, 0), { entries: 0, bytes: 0, oldestAgeMs: 0 });
    const twoMinutesAgo = Date.now() - 120_000;
    await redis.xadd(stream, `${twoMinutesAgo}-0`, "h", "x", "b", "x");
    await append(2);
    const { entries, oldestAgeMs } = await intakeLag(redis, 0);
    assert.equal(entries, 3);
    assert.ok(oldestAgeMs >= 119_000 && oldestAgeMs < 180_000, String(oldestAgeMs));
  });
});

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

suite("durabilityOf", () => {
  async function withConfig(settings: Record<string, string>): Promise<string> {
    for (const [name, value] of Object.entries(settings)) await redis.config("SET", name, value);
    try {
      return await durabilityOf(redis);
    } finally {
      await redis.config("SET", "appendfsync", "always");
      await redis.config("SET", "appendonly", "yes");
      // A Redis that is still writing its first log refuses to be stopped.
      await eventually("the log to be rewritten", async () =>
        /aof_rewrite_in_progress:0[^]*aof_rewrite_scheduled:0/.test(await redis.info("persistence")),
      );
    }
  }

  test("says what an acknowledgement is worth", async () => {
    assert.equal(await withConfig({}), "fsync_always");
    assert.equal(await withConfig({ appendfsync: "everysec" }), "fsync_every_second");
    assert.equal(await withConfig({ appendfsync: "no" }), "not_persistent");
    assert.equal(await withConfig({ appendonly: "no" }), "not_persistent");
  });

  test("says so when it may not ask", async () => {
    await redis.call("ACL", "SETUSER", "guest", "on", ">guest", "allkeys", "+@all", "-config");
    const url = new URL(engine.url);
    url.username = "guest";
    url.password = "guest";
    const guest = new Redis(url.href);
    assert.equal(await durabilityOf(guest), "unknown");
    guest.disconnect();
  });
});

suite("eraseQueued", () => {
  test("takes one tenant's events out, read or not, and leaves the others where they stand", async () => {
    const appender = createAppender(redis, 1);
    const [gone, kept] = [newId(), newId()];
    const events = Array.from({ length: 130 }, (_, n) => incomingEvent({ tenantId: n % 3 ? gone : kept }));
    await Promise.all(events.map((event) => appender.append(event)));
    await readEntries(redis, 0, "dead", { count: 30, blockMs: 50 });
    await redis.hset("{intake:0}:allowances", gone, 5, `${gone}:until`, 5);
    assert.equal(
      await eraseQueued(redis, 0, gone),
      events.filter(({ tenantId }) => tenantId === gone).length,
    );
    assert.equal(await eraseQueued(redis, 0, gone), 0);
    const left = (await redis.xrange(stream, "-", "+")).map(([, fields]) => fields[5]);
    assert.deepEqual(
      left,
      Array.from({ length: 44 }, () => kept),
    );
    const held = await redis.hgetall("{intake:0}:held");
    assert.deepEqual([held["n"], held[`n:${kept}`]], ["44", "44"]);
    const names = [...Object.keys(held), ...Object.keys(await redis.hgetall("{intake:0}:allowances"))];
    assert.ok(!names.some((name) => name.includes(gone)));
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
