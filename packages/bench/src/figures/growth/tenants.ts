import { randomBytes } from "node:crypto";
import { Redis } from "ioredis";
import type { Fleet } from "@condo/local/fleet";
import type { Bench } from "../../bench.ts";
import type { Line } from "../../figure.ts";
import { inFigures } from "../../report/in-figures.ts";
import type { WebhookPlan } from "../../load/requests.ts";
import { numbersFor } from "../numbers.ts";
import type { Fleets } from "./growth-fleets.ts";
import { seedTenants, slugOf } from "./seed-tenants.ts";
import { besideSmallest, growthLine, type Sized } from "./sizes.ts";

const sizes = [10, 1_000, 10_000, 100_000];
const quickSizes = [10, 50, 100];
const serviceName = "many";

/** A fleet with tenants, and how many webhooks it accepts for them. */
interface Crowd {
  /** @returns webhooks accepted a second, each the first of its tenant */
  growTo(size: number): Promise<number>;
  /** @returns webhooks accepted a second */
  accept(): Promise<number>;
  close(): void;
}

/** How many webhooks are accepted, the more tenants they are for. The workers are stopped. */
export async function growingTenants(bench: Bench, fleets: Fleets): Promise<Line> {
  const [smallest = 0, ...others] = bench.isQuick ? quickSizes : sizes;
  const [small, large] = [await crowdOf(bench, fleets.small), await crowdOf(bench, fleets.large)];
  const ingest = fleets.large.services["webhook-ingest"];
  const taken: Sized[] = [];
  try {
    await small.growTo(smallest);
    for (const size of others) {
      const cold = await large.growTo(size);
      bench.onLine(`  ${size} tenants`);
      const isLast = size === others.at(-1);
      const rounds = await besideSmallest(
        bench,
        isLast,
        () => small.accept(),
        () => bench.watch(isLast ? ingest.pid : undefined, () => large.accept(), "tenants"),
      );
      taken.push({ size, ...rounds, beside: `${Math.round(cold)}/s the first time around` });
    }
  } finally {
    small.close();
    large.close();
  }
  return growthLine(smallest, taken, {
    what: `accepted with ${inFigures(others.at(-1) ?? 0)} tenants ÷ with ${inFigures(smallest)}`,
    of: "tenants",
    unit: "req/s",
    title: "Accepted",
    goal: { atLeast: 0.9 },
    how: "closed loop, 64 connections, each request for the next tenant: the worst order for a memory",
  });
}

async function crowdOf(bench: Bench, fleet: Fleet): Promise<Crowd> {
  const load = await bench.load();
  const ingest = fleet.services["webhook-ingest"];
  const secret = `whsec_${randomBytes(24).toString("base64")}`;
  const redis = new Redis(fleet.redisUrl);
  let have = 0;
  let turns: Record<string, string>[] = [];

  async function post(most: { warmUpMs: number; durationMs: number; mostRequests?: number }) {
    const plan: WebhookPlan = {
      kind: "webhook",
      url: `${ingest.url}/api/v1/webhooks/${serviceName}`,
      headers: {},
      signing: { scheme: "standard-webhooks", secret },
      size: 1_024,
      turns,
    };
    const result = await load.closedLoop({
      plan,
      connections: 64,
      firstNumber: numbersFor(1_000_000),
      prepared: 0,
      ...most,
    });
    if (Object.keys(result.statuses).join() !== "202") throw new Error(JSON.stringify(result.statuses));
    await redis.flushdb();
    return result;
  }

  return {
    async growTo(size) {
      await seedTenants(fleet, { serviceName, from: have, to: size, secret });
      have = size;
      turns = Array.from({ length: size }, (_, index) => ({ "x-tenant-id": slugOf(index) }));
      const start = performance.now();
      const { sent } = await post({ warmUpMs: 0, durationMs: 120_000, mostRequests: size });
      return (sent * 1000) / (performance.now() - start);
    },
    accept: async () =>
      (await post({ warmUpMs: bench.warmUpMs / 2, durationMs: bench.durationMs })).perSecond,
    close: () => redis.disconnect(),
  };
}
