import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import type { Bench } from "../../bench.ts";
import { numbersFor } from "../numbers.ts";
import { tenantsPlan } from "./tenants.ts";

const pollMs = 100;
const backlogs = new WeakMap<Bench, Promise<number>>();

/** A tenant whose endpoint hangs, with many events for it, all recorded. @returns how many; made once a run */
export function hangingBacklog(bench: Bench): Promise<number> {
  const known = backlogs.get(bench);
  if (known) return known;
  const made = makeBacklog(bench);
  backlogs.set(bench, made);
  return made;
}

async function makeBacklog(bench: Bench): Promise<number> {
  const fleet = await bench.fleet();
  const load = await bench.load();
  const size = bench.isQuick ? 2_000 : 100_000;
  const plan = await tenantsPlan(bench, 1, (await load.receiver()).hangingUrl);
  const { statuses } = await load.closedLoop({
    plan,
    connections: 32,
    warmUpMs: 0,
    durationMs: 120_000,
    mostRequests: size,
    firstNumber: numbersFor(size),
    prepared: 0,
  });
  if (statuses[202] !== size) throw new Error(`the backlog was not accepted: ${JSON.stringify(statuses)}`);
  await drained(fleet.redisUrl);
  return size;
}

/** Until the intake is empty. */
async function drained(redisUrl: string): Promise<void> {
  const redis = new Redis(redisUrl);
  while ((await redis.xlen("{intake:0}")) > 0) await delay(pollMs);
  redis.disconnect();
}
