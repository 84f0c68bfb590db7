import assert from "node:assert/strict";
import { before, test } from "node:test";
import { connectRedis, type RedisConnection } from "@condo/redis";
import { newId } from "@condo/schema";
import { atEnd, eventually, startTestRedis } from "@condo/testing";
import { createSourceJournal, sourceHealth, sourceRejections, type Rejection } from "../src/index.ts";

const hourMs = 3_600_000;
let redis: RedisConnection;

before(async () => {
  const { url } = await startTestRedis();
  redis = connectRedis(url, { waits: false, commandTimeoutMs: 2_000, onError: () => undefined });
  atEnd(async () => redis.disconnect());
  await eventually("redis is connected", async () => redis.status === "ready");
});

function rejection(reason: string, at = new Date()): Rejection {
  return {
    at: at.toISOString(),
    status: 401,
    reason,
    request_id: "r",
    address: "192.0.2.1",
    method: "POST",
    path: "/",
    headers: {},
    body_bytes: null,
    body_sha256: null,
  };
}

/** One process's notes, from first to last. */
async function note(sourceId: string, rejections: Rejection[]): Promise<void> {
  const journal = createSourceJournal(redis);
  for (const each of rejections) journal.rejected(sourceId, each);
  await journal.close();
}

test("the last 50 are kept of what several processes note, newest first, for an hour", async () => {
  const sourceId = newId();
  const numbered = (from: number) => Array.from({ length: 30 }, (_, n) => rejection(`r${from + n}`));
  await note(sourceId, numbered(0));
  await note(sourceId, numbered(30));
  const kept = await sourceRejections(redis, sourceId);
  assert.deepEqual(
    kept.map(({ reason }) => reason),
    Array.from({ length: 50 }, (_, n) => `r${59 - n}`),
  );
  const list = `condo:source-rejections:${sourceId}`;
  assert.equal(await redis.llen(list), 50);
  const leftMs = await redis.pttl(list);
  assert.ok(leftMs > 0 && leftMs <= hourMs);
});

test("what is older than an hour is not told, though something newer keeps it there", async () => {
  const sourceId = newId();
  await note(sourceId, [rejection("old", new Date(Date.now() - hourMs - 1_000)), rejection("new")]);
  const kept = await sourceRejections(redis, sourceId);
  assert.deepEqual(
    kept.map(({ reason }) => reason),
    ["new"],
  );
});

test("when a source was last heard of outlives its rejections, and ends too", async () => {
  const sourceId = newId();
  const journal = createSourceJournal(redis);
  const at = new Date("2026-03-01T12:00:00Z");
  journal.received(sourceId, at);
  journal.rejected(sourceId, rejection("wrong_signature"));
  await journal.close();
  const health = await sourceHealth(redis, sourceId);
  assert.deepEqual([health.lastReceivedAt, health.lastRejectedReason], [at, "wrong_signature"]);
  const leftMs = await redis.pttl(`condo:source-health:${sourceId}`);
  assert.ok(leftMs > hourMs && leftMs <= 90 * 24 * hourMs);
});
