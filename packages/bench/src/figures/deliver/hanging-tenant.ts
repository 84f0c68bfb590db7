import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import type { Bench } from "../../bench.ts";
import { numbersFor } from "../numbers.ts";
import { tenantWithPlan } from "./tenants.ts";

/** A tenant whose endpoint hangs, with many events for it, all recorded. */
export interface HangingTenant {
  /** How many events. */
  size: number;
  /** Has its destination sent to again, its breaker closed, and resolves when something hangs there. */
  begin(): Promise<void>;
  /** Has nothing sent to it any more; what hangs is answered well, so that its breaker knows nothing of it. */
  rest(): Promise<void>;
}

/** The longest that there is: within it the breaker learns nothing, and all that a tenant may have under way hangs. */
const timeoutMs = 60_000;
const pollMs = 50;
const beginLimitMs = 30_000;
/** So often in a row nothing hangs, until nothing comes any more. */
const quietPolls = 5;
const tenants = new WeakMap<Bench, Promise<HangingTenant>>();

/** Made once a run, at rest. */
export function hangingTenant(bench: Bench): Promise<HangingTenant> {
  const known = tenants.get(bench);
  if (known) return known;
  const made = makeTenant(bench);
  tenants.set(bench, made);
  return made;
}

async function makeTenant(bench: Bench): Promise<HangingTenant> {
  const fleet = await bench.fleet();
  const load = await bench.load();
  const size = bench.isQuick ? 2_000 : 100_000;
  const { hangingUrl } = await load.receiver();
  const { tenant, destinationId, plan } = await tenantWithPlan(bench, hangingUrl, {
    timeout_ms: timeoutMs,
  });
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

  async function setActive(isActive: boolean): Promise<void> {
    await tenant.api.put("/api/v1/webhook-destinations/{destination_id}", {
      params: { path: { destination_id: destinationId } },
      body: { is_active: isActive },
    });
  }
  const made: HangingTenant = {
    size,
    async begin() {
      await setActive(true);
      for (const deadline = Date.now() + beginLimitMs; Date.now() < deadline; await delay(pollMs)) {
        if ((await load.hanging()) > 0) return;
      }
      throw new Error("nothing was sent to the endpoint that hangs");
    },
    async rest() {
      await setActive(false);
      for (let quiet = 0; quiet < quietPolls; quiet++) {
        if ((await load.hanging()) > 0) quiet = 0;
        await load.letGo();
        await delay(pollMs);
      }
    },
  };
  await made.rest();
  return made;
}

/** Until the intake is empty. */
async function drained(redisUrl: string): Promise<void> {
  const redis = new Redis(redisUrl);
  while ((await redis.xlen("{intake:0}")) > 0) await delay(pollMs);
  redis.disconnect();
}
