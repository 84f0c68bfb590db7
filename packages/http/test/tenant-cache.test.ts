import assert from "node:assert/strict";
import { before, beforeEach, suite, test } from "node:test";
import { connectRedis, type RedisConnection } from "@condo/redis";
import { newId } from "@condo/schema";
import { atEnd, eventually, startTestRedis } from "@condo/testing";
import { z } from "zod";
import { createTenantCache, type TenantCache, type TenantCacheOptions } from "../src/tenant-cache.ts";

const schema = z.object({ count: z.int() });
/** However busy the machine is. */
const patient = { timeoutMs: 30_000, waitMs: 30_000 };

suite("a cache of a tenant's reads", () => {
  let engine: Awaited<ReturnType<typeof startTestRedis>>;
  let redis: RedisConnection;
  let one: TenantCache;
  let other: TenantCache;
  before(async () => {
    engine = await startTestRedis();
    redis = connect();
    [one, other] = [process(), process()];
    await eventually("Redis is there", async () => redis.ping());
  });

  function connect(): RedisConnection {
    const connection = connectRedis(engine.url, { waits: true, onError: () => undefined });
    atEnd(async () => connection.disconnect());
    return connection;
  }

  /** As another process has it. */
  const process = (options: TenantCacheOptions = patient) => createTenantCache(connect(), options);

  let tenantId: string;
  /** The record itself. */
  let count: number;
  let loads: number;
  beforeEach(() => {
    tenantId = newId();
    [count, loads] = [1, 0];
  });

  const load = async () => {
    loads += 1;
    return { count };
  };
  const ask = async (cache = one, from = load) => (await cache.get(tenantId, "usage", schema, from)).count;
  const key = (name: string) => `condo:cache:{${tenantId}}:${name}`;
  const stored = async () => eventually("it is stored", async () => redis.exists(key("entry:usage")));

  /** A load that has read the record, and answers when it is told to. */
  function slowLoad() {
    const begun = Promise.withResolvers<void>();
    const end = Promise.withResolvers<void>();
    const run = async () => {
      loads += 1;
      const read = { count };
      begun.resolve();
      await end.promise;
      return read;
    };
    return { run, begun: begun.promise, end: () => end.resolve() };
  }

  test("of many who ask at once, in two processes, one loads", async () => {
    const asked = Array.from({ length: 50 }, (_, n) => ask(n % 2 ? one : other));
    assert.deepEqual(
      await Promise.all(asked),
      Array.from({ length: 50 }, () => 1),
    );
    assert.equal(loads, 1);
  });

  test("a change shows at once, in every process, when it is told", async () => {
    await ask();
    await stored();
    count = 2;
    await other.invalidate(tenantId);
    assert.deepEqual([await ask(one), await ask(other)], [2, 2]);
  });

  test("what was read before a change is never answered after it", async () => {
    const slow = slowLoad();
    const overtaken = ask(one, slow.run);
    await slow.begun;
    count = 2;
    await other.invalidate(tenantId);
    assert.equal(await ask(one), 2, "it does not wait for the load under way");
    assert.equal(await ask(other), 2);
    slow.end();
    assert.equal(await overtaken, 1, "who asked before the change may be told so");
    // Commands of a connection are done in order: what the slow load would keep was kept before this.
    const before = loads;
    assert.deepEqual([await ask(one), await ask(other)], [2, 2]);
    assert.equal(loads, before, "nor does it displace what was read since");
    assert.equal(JSON.parse((await redis.get(key("entry:usage")))?.replace(/^\S+ /, "") ?? "{}").count, 2);
  });

  test("who asks after a change of this process, with Redis away, does not share an older load", async () => {
    const nobody = connectRedis("redis://127.0.0.1:1", {
      waits: false,
      commandTimeoutMs: 2_000,
      onError: () => undefined,
    });
    atEnd(async () => nobody.disconnect());
    const cache = createTenantCache(nobody);
    const slow = slowLoad();
    const before = ask(cache, slow.run);
    await slow.begun;
    count = 2;
    await cache.invalidate(tenantId);
    assert.equal(await ask(cache), 2);
    slow.end();
    await before;
  });

  test("is a second old at most, counted from before it was read, though nobody tells of a change", async () => {
    let time = 0;
    const cache = process({ ...patient, now: () => time });
    await ask(cache, async () => {
      time += 700;
      return load();
    });
    await stored();
    const left = await redis.pttl(key("entry:usage"));
    assert.ok(left <= 300, `${left} ms are left`);
    count = 2;
    await eventually("it has ended", async () => (await redis.exists(key("entry:usage"))) === 0);
    assert.equal(await ask(other), 2);

    const late = process({ ...patient, now: () => time });
    tenantId = newId();
    await ask(late, async () => {
      time += 1_000;
      return load();
    });
    await late.invalidate(newId());
    assert.equal(await redis.exists(key("entry:usage")), 0, "what took a second is not kept");
  });

  test("who joins a load that began a second ago begins another", async () => {
    let time = 0;
    const cache = process({ ...patient, now: () => time });
    const slow = slowLoad();
    const before = ask(cache, slow.run);
    await slow.begun;
    count = 2;
    time = 1_000;
    await redis.del(...(await redis.keys(key("lock:*"))));
    assert.equal(await ask(cache), 2);
    slow.end();
    await before;
  });

  test("a load that fails is told to who asked, and made again by who asks next", async () => {
    const fails = async () => {
      loads += 1;
      throw new Error("no database");
    };
    const answers = await Promise.allSettled([ask(one, fails), ask(one, fails)]);
    assert.ok(answers.every(({ status }) => status === "rejected"));
    assert.equal(loads, 1);
    assert.equal(await ask(one), 1);
  });

  test("nobody waits long for a process that died while it loaded", async () => {
    await redis.set(key("lock:usage:0"), "1");
    assert.equal(await ask(process({ ...patient, waitMs: 50 })), 1);
  });

  test("tenants and names are apart, and all keys of a tenant are in one slot and end by themselves", async () => {
    await ask();
    await stored();
    const others = { count: 7 };
    assert.deepEqual(await one.get(tenantId, "other", schema, async () => others), others);
    assert.deepEqual(await one.get(newId(), "usage", schema, async () => others), others);
    await one.invalidate(tenantId);
    const keys = await redis.keys(`*${tenantId}*`);
    assert.ok(keys.length >= 3 && keys.every((name) => name.startsWith(key(""))), keys.join());
    for (const name of keys) assert.notEqual(await redis.pttl(name), -1, name);
  });

  test("what is not as it should be is not taken from Redis", async () => {
    for (const lie of ["0 {", "0 []", '0 {"count":"many"}', "", "0", '1 {"count":9}']) {
      await redis.set(key("entry:usage"), lie);
      assert.equal(await ask(one), 1, lie);
      await one.invalidate(newId());
      await redis.del(...(await redis.keys(key("*"))));
    }
  });

  test("a Redis that is slow, or gone, costs an answer's time and never the answer", async () => {
    const cache = process({ timeoutMs: 50 });
    assert.equal(await ask(cache), 1);
    globalThis.process.kill(engine.pid ?? 0, "SIGSTOP");
    try {
      count = 2;
      await cache.invalidate(tenantId);
      assert.equal(await ask(cache), 2);
    } finally {
      globalThis.process.kill(engine.pid ?? 0, "SIGCONT");
    }
    await engine.kill();
    count = 3;
    await cache.invalidate(tenantId);
    assert.deepEqual(await Promise.all([1, 2, 3].map(() => ask(cache))), [3, 3, 3]);
    await engine.restart();
    await eventually("it is kept again", async () => {
      assert.equal(await ask(cache), 3);
      return redis.exists(key("entry:usage"));
    });
  });
});
