import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { suite, test } from "node:test";
import { newId } from "@condo/schema";
import { eventually } from "@condo/testing";
import { Redis } from "ioredis";
import { createAppender, durabilityOf, intakeStreamOf, type IncomingEvent } from "../src/index.ts";
import { incomingEvent } from "./events.ts";
import { decoded, startShard, stream } from "./shard.ts";

const { engine, redis, read } = await startShard();

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
