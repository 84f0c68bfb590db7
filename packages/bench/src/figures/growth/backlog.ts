import { setTimeout as delay } from "node:timers/promises";
import { createAppender, intakeStreamOf } from "@condo/intake";
import type { Fleet } from "@condo/local/fleet";
import { connectRedis, type RedisConnection } from "@condo/redis";
import { newId } from "@condo/schema";
import type { Bench } from "../../bench.ts";
import type { Line } from "../../figure.ts";
import { medianOf } from "../../spread.ts";
import { createSource, registerTenant } from "../../tenant.ts";

const sizes = [10_000, 100_000, 1_000_000];
const quickSizes = [1_000, 3_000];
const serviceName = "backlog";
const appendedAtOnce = 5_000;
const pollMs = 5;
const stream = intakeStreamOf(0);

/** How fast the drain records what waits in the intake, the more there is. The worker is stopped, before and after. */
export async function growingBacklog(bench: Bench, fleet: Fleet): Promise<Line> {
  const tenant = await registerTenant(fleet.origin);
  await createSource(tenant, serviceName);
  const me = await tenant.api.get("/api/v1/auth/me");
  const [source] = await Array.fromAsync(tenant.api.list("/api/v1/webhook-sources"));
  const redis = connectRedis(fleet.redisUrl, { waits: true, onError: () => undefined });
  const chosen = bench.isQuick ? quickSizes : sizes;
  const window = chosen[0] ?? 0;
  const taken: { size: number; perSecond: number[] }[] = [];
  try {
    // Once for nothing: the first rows of a table and the first statements of a worker cost more.
    for (const size of [window, ...chosen]) {
      await fill(redis, size, { tenantId: me.tenant_id, sourceId: source?.id ?? "" });
      bench.onLine(`  ${size} events wait`);
      await fleet.services.worker.start();
      taken.push({ size, perSecond: await drainRates(redis, size, window) });
      await fleet.services.worker.stop();
      await redis.flushdb();
    }
  } finally {
    redis.disconnect();
  }
  taken.shift();
  const [small, large] = [taken.at(0), taken.at(-1)];
  const smallRate = medianOf(small?.perSecond ?? []);
  return {
    what: `drain rate with ${large?.size} events waiting ÷ with ${small?.size}`,
    value: { value: medianOf(large?.perSecond ?? []), unit: "events/s" },
    floor: { name: `the same with ${small?.size}`, value: smallRate, unit: "events/s" },
    rounds: (large?.perSecond ?? []).map((rate) => rate / smallRate),
    unit: "×",
    goal: { atLeast: 0.9 },
    how: `from the stream into Postgres, ${window} events at a time`,
    notes: taken.map(({ size, perSecond }) => `${size}: ${Math.round(medianOf(perSecond))}/s`),
    plots: [
      {
        title: "Drain rate",
        kind: "growth",
        x: "events waiting",
        y: "events/s",
        series: [{ name: "drain", points: taken.map(({ size, perSecond }) => [size, medianOf(perSecond)]) }],
      },
    ],
  };
}

async function fill(
  redis: RedisConnection,
  size: number,
  owner: { tenantId: string; sourceId: string },
): Promise<void> {
  const appender = createAppender(redis, 1);
  for (let done = 0; done < size; done += appendedAtOnce) {
    const batch = Array.from({ length: Math.min(appendedAtOnce, size - done) }, () => {
      const id = newId();
      return appender.append({
        ...owner,
        id,
        serviceName,
        eventType: "bench.happened",
        senderEventId: null,
        dedupeKey: `id:${id}`,
        dedupeWindowMs: 60_000,
        contentType: "application/json",
        headers: {},
        receivedAt: new Date(),
        body: Buffer.from(`{"id":"${id}"}`),
      });
    });
    await Promise.all(batch);
  }
}

/** Rates over up to three windows of so many events, from the first that is gone. */
async function drainRates(redis: RedisConnection, size: number, window: number): Promise<number[]> {
  const rates: number[] = [];
  let left = await lengthBelow(redis, size);
  while (rates.length < 3 && left.length > 0) {
    const next = await lengthBelow(redis, Math.max(1, left.length - window + 1));
    rates.push(((left.length - next.length) / (next.at - left.at)) * 1000);
    left = next;
  }
  return rates;
}

async function lengthBelow(redis: RedisConnection, length: number): Promise<{ length: number; at: number }> {
  for (;;) {
    const now = await redis.xlen(stream);
    if (now < length) return { length: now, at: performance.now() };
    await delay(pollMs);
  }
}
