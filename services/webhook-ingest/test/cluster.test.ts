import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { before, suite, test } from "node:test";
import { createDrainGroup, decodeEntry, finishEntries, readEntries, sourceCopyKey } from "@condo/intake";
import { connectRedis, type RedisConnection } from "@condo/redis";
import { atEnd, eventually, startTestRedisCluster, type TestRedisCluster } from "@condo/testing";
import { Redis } from "ioredis";
import { post, signature, startIngest, type TestSource } from "./ingest.ts";

const shards = 8;

suite("on a Redis Cluster", () => {
  let cluster: TestRedisCluster;
  let ingest: Awaited<ReturnType<typeof startIngest>>;
  let source: TestSource;
  let redis: RedisConnection;
  const drained = new Set<string>();

  before(async () => {
    cluster = await startTestRedisCluster();
    ingest = await startIngest({ REDIS_URL: cluster.url, INTAKE_SHARDS: String(shards) });
    source = await ingest.createSource();
    redis = connectRedis(cluster.url, { waits: true, onError: () => undefined });
    atEnd(async () => redis.disconnect());
  });

  function send() {
    const body = JSON.stringify({ id: randomUUID() });
    return post(
      `${ingest.origin}/api/v1/webhooks/${source.service}/${source.key}`,
      body,
      signature(source.secret, body),
    );
  }

  async function drain(): Promise<void> {
    for (let shard = 0; shard < shards; shard++) {
      await createDrainGroup(redis, shard);
      for (;;) {
        const entries = await readEntries(redis, shard, "test", { count: 500, blockMs: 1 });
        if (entries.length === 0) break;
        for (const entry of entries) drained.add(decodeEntry(entry.header, entry.body).id);
        await finishEntries(redis, shard, entries);
      }
    }
  }

  async function recorded(): Promise<Set<string>> {
    const rows = await ingest.db.platform.selectFrom("webhook_events").select("id").execute();
    return new Set(rows.map(({ id }) => id));
  }

  test("webhooks are taken by every master, and drained", async () => {
    await eventually(
      "the intake is in redis",
      async () => redis.status === "ready" && (await send()).status === 202,
    );
    const answers = await Promise.all(Array.from({ length: 200 }, send));
    assert.ok(answers.every(({ status }) => status === 202));
    await drain();
    const inPostgres = await recorded();
    assert.deepEqual(
      answers.filter(({ body }) => !drained.has(body.id) && !inPostgres.has(body.id)),
      [],
    );
    assert.ok(drained.size >= 200, "by way of the cluster");
    const copy = sourceCopyKey(`key:${source.key}/${source.service}`);
    await eventually("the source is copied", async () => (await redis.hexists(copy, "record")) === 1);
  });

  async function assertNoneLost(acknowledged: readonly string[]): Promise<void> {
    await drain();
    const inPostgres = await recorded();
    const lost = acknowledged.filter((id) => !drained.has(id) && !inPostgres.has(id));
    assert.deepEqual(lost, [], `of ${acknowledged.length}`);
  }

  test("what a master has alone is not acknowledged for it: the master dies, and nothing is lost", async () => {
    const [master, replica] = [cluster.masters[1], cluster.replicas[1]];
    assert.ok(master?.pid && replica?.pid);
    // It gets nothing from now on, not even what a socket would hold for it, and takes over without it.
    process.kill(replica.pid, "SIGSTOP");
    const direct = new Redis(master.url);
    await direct.call("CLIENT", "KILL", "TYPE", "replica");
    direct.disconnect();
    const answers = await Promise.all(Array.from({ length: 100 }, send));
    const acknowledged = answers.filter(({ status }) => status === 202).map(({ body }) => String(body.id));
    assert.equal(acknowledged.length, 100);
    await master.kill();
    process.kill(replica.pid, "SIGCONT");
    await cluster.whenTakenOver(1);
    await assertNoneLost(acknowledged);
  });

  test("SIGKILL to a master under load costs nothing that was acknowledged, and its replica takes over", async () => {
    const acknowledged: string[] = [];
    const over = new AbortController();
    const load = Array.from({ length: 8 }, async () => {
      while (!over.signal.aborted) {
        const answer = await send();
        if (answer.status === 202) acknowledged.push(answer.body.id);
      }
    });
    await eventually("the load runs", async () => acknowledged.length > 100);
    await cluster.masters[0]?.kill();
    const before = acknowledged.length;
    await cluster.whenTakenOver(0);
    await eventually("webhooks are acknowledged again", async () => acknowledged.length > before + 100);
    over.abort();
    await Promise.all(load);
    await assertNoneLost(acknowledged);
  });
});
