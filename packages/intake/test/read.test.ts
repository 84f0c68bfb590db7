import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { newId } from "@condo/schema";
import {
  claimEntries,
  createAppender,
  createDrainGroup,
  eraseQueued,
  finishEntries,
  intakeLag,
  readEntries,
} from "../src/index.ts";
import { incomingEvent } from "./events.ts";
import { startShard, stream } from "./shard.ts";

const { redis, read } = await startShard();

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
