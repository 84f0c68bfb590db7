import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { atEnd, eventually, startProxy, startTestRedis } from "@condo/testing";
import { connectRedis, type RedisConnection } from "../src/index.ts";

suite("a connection to Redis", () => {
  let url: string;

  before(async () => {
    url = (await startTestRedis()).url;
  });

  /** A way to Redis whose first connection can fall silent, as one to a machine that is gone. */
  async function startSilence() {
    const way = { isSilent: false, connections: 0, url: "" };
    const proxy = await startProxy(url, () => {
      const isFirst = ++way.connections === 1;
      return {
        asked: (chunk, passOn) => (isFirst && way.isSilent ? undefined : passOn(chunk)),
        answered: (chunk, passOn) => passOn(chunk),
      };
    });
    atEnd(() => proxy.close());
    way.url = proxy.url;
    return way;
  }

  function opened(connection: RedisConnection): RedisConnection {
    atEnd(async () => connection.disconnect());
    return connection;
  }

  test(
    "is made anew when it falls silent, and what waits for an answer is asked again",
    { timeout: 20_000 },
    async () => {
      const way = await startSilence();
      const redis = opened(connectRedis(way.url, { waits: true, silenceMs: 200, onError: () => undefined }));
      assert.equal(await redis.ping(), "PONG");
      way.isSilent = true;
      assert.equal(await redis.ping(), "PONG");
      assert.equal(way.connections, 2);
    },
  );

  test("is made anew when it falls silent, also where nothing waits", { timeout: 20_000 }, async () => {
    const way = await startSilence();
    const options = { waits: false, commandTimeoutMs: 50, silenceMs: 200, onError: () => undefined } as const;
    const redis = opened(connectRedis(way.url, options));
    await eventually("it is made", () => redis.ping());
    way.isSilent = true;
    await assert.rejects(redis.ping(), /timed out/);
    assert.equal(await eventually("it is made anew", () => redis.ping()), "PONG");
    assert.equal(way.connections, 2);
  });

  test("is made anew when what it leads to has become a replica", async () => {
    const redis = opened(connectRedis(url, { waits: true, onError: () => undefined }));
    const before = await redis.client("ID");
    await redis.call("REPLICAOF", "127.0.0.1", "1");
    await assert.rejects(redis.set("a", "b"), /READONLY/);
    const other = opened(connectRedis(url, { waits: true, onError: () => undefined }));
    await other.call("REPLICAOF", "NO", "ONE");
    await redis.set("a", "b");
    assert.notEqual(await redis.client("ID"), before);
  });

  test(
    "fails what waits for it when it is told to disconnect, also between two tries",
    { timeout: 20_000 },
    async () => {
      const redis = connectRedis("redis://127.0.0.1:1", { waits: true, onError: () => undefined });
      await eventually("it pauses", async () => redis.status === "reconnecting");
      const waiting = assert.rejects(redis.ping(), /Connection is closed/);
      redis.disconnect();
      await waiting;
      assert.equal(redis.status, "end");
    },
  );
});
