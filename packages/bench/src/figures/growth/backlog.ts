import { setTimeout as delay } from "node:timers/promises";
import { createAppender, intakeStreamOf } from "@condo/intake";
import type { Fleet } from "@condo/local/fleet";
import { connectRedis, type RedisConnection } from "@condo/redis";
import { newId } from "@condo/schema";
import type { Bench } from "../../bench.ts";
import type { Line } from "../../figure.ts";
import { inFigures } from "../../report/in-figures.ts";
import { createSource, registerTenant } from "../../tenant.ts";
import type { Fleets } from "./growth-fleets.ts";
import { besideSmallest, growthLine, type Sized } from "./sizes.ts";

const sizes = [10_000, 100_000, 1_000_000];
const quickSizes = [1_000, 3_000];
const serviceName = "backlog";
const appendedAtOnce = 5_000;
const pollMs = 5;
const stream = intakeStreamOf(0);

/** A fleet's intake, and how fast it is drained; its worker runs meanwhile alone. */
interface Intake {
  growTo(size: number): Promise<void>;
  /** Has the worker record so many, and watches it if told so. @returns events a second */
  drain(window: number, isWatched: boolean): Promise<number>;
  empty(): Promise<void>;
  close(): void;
}

/** How fast the drain records what waits in the intake, the more there is. The workers are stopped, before and after. */
export async function growingBacklog(bench: Bench, fleets: Fleets): Promise<Line> {
  const [window = 0, ...others] = bench.isQuick ? quickSizes : sizes;
  const [small, large] = [await intakeOf(bench, fleets.small), await intakeOf(bench, fleets.large)];
  const taken: Sized[] = [];
  const drainOf =
    (intake: Intake, size: number, isWatched = false) =>
    async (): Promise<number> => {
      await intake.growTo(size);
      return intake.drain(window, isWatched);
    };
  try {
    // Once for nothing: the first rows of a table and the first statements of a worker cost more.
    for (const intake of [small, large]) await drainOf(intake, window)();
    for (const size of others) {
      await large.growTo(size);
      bench.onLine(`  ${size} events wait`);
      const isLast = size === others.at(-1);
      const rounds = await besideSmallest(
        bench,
        isLast,
        drainOf(small, window),
        drainOf(large, size, isLast),
      );
      taken.push({ size, ...rounds });
    }
    await large.empty();
  } finally {
    small.close();
    large.close();
  }
  return growthLine(window, taken, {
    what: `drain rate with ${inFigures(others.at(-1) ?? 0)} events waiting ÷ with ${inFigures(window)}`,
    of: "waiting",
    unit: "events/s",
    title: "Drain rate",
    goal: { atLeast: 0.9 },
    how: `from the stream into Postgres, ${window} events at a time, from the first that is gone`,
  });
}

async function intakeOf(bench: Bench, fleet: Fleet): Promise<Intake> {
  const tenant = await registerTenant(fleet.origin);
  await createSource(tenant, serviceName);
  const me = await tenant.api.get("/api/v1/auth/me");
  const [source] = await Array.fromAsync(tenant.api.list("/api/v1/webhook-sources"));
  const redis = connectRedis(fleet.redisUrl, { waits: true, onError: () => undefined });
  const { worker } = fleet.services;
  return {
    growTo: async (size) =>
      fill(redis, size - (await redis.xlen(stream)), {
        tenantId: me.tenant_id,
        sourceId: source?.id ?? "",
      }),
    async drain(window, isWatched) {
      const before = await redis.xlen(stream);
      await worker.start();
      const from = await lengthBelow(redis, before);
      const end = Math.max(1, before - window + 1);
      const pid = isWatched ? worker.pid : undefined;
      const to = await bench.watch(pid, () => lengthBelow(redis, end), "backlog");
      await worker.stop();
      return ((from.length - to.length) / (to.at - from.at)) * 1000;
    },
    empty: async () => void (await redis.flushdb()),
    close: () => redis.disconnect(),
  };
}

async function fill(
  redis: RedisConnection,
  count: number,
  owner: { tenantId: string; sourceId: string },
): Promise<void> {
  const appender = createAppender(redis, 1);
  for (let done = 0; done < count; done += appendedAtOnce) {
    const batch = Array.from({ length: Math.min(appendedAtOnce, count - done) }, () => {
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

async function lengthBelow(redis: RedisConnection, length: number): Promise<{ length: number; at: number }> {
  for (;;) {
    const now = await redis.xlen(stream);
    if (now < length) return { length: now, at: performance.now() };
    await delay(pollMs);
  }
}
