import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { startHeartbeat } from "@condo/http";
import { connectRedis } from "@condo/redis";
import { atEnd } from "@condo/testing";
import { startApp } from "./start-app.ts";

test("a worker that answers and has no heartbeat is not well", async () => {
  const answering = createServer((_, response) => response.end(JSON.stringify({ status: "ok" })));
  await new Promise<void>((resolve) => answering.listen(0, "127.0.0.1", resolve));
  atEnd(async () => void answering.close());
  const url = `http://127.0.0.1:${(answering.address() as AddressInfo).port}`;
  const { app, redisUrl } = await startApp({ IDENTITY_URL: url, INGEST_URL: url, WORKER_URL: url });
  const health = async () => (await app.inject("/health")).json<{ status: string; services: object }>();

  const others = { "tenant-api": "ok", "identity-api": "ok", "webhook-ingest": "ok" };
  const silent = await health();
  assert.deepEqual([silent.status, silent.services], ["degraded", { ...others, worker: "unavailable" }]);

  const redis = connectRedis(redisUrl, { waits: true, onError: () => undefined });
  atEnd(async () => redis.disconnect());
  const stop = startHeartbeat(redis, "worker", "one");
  await redis.ping();
  assert.deepEqual((await health()).services, { ...others, worker: "ok" });
  await stop();
  assert.deepEqual((await health()).services, { ...others, worker: "unavailable" });
});
