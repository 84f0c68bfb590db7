import type { Line } from "./figure.ts";
import type { DeliveryLoop, DeliveryResult } from "./load/delivery-loop.ts";
import type { Load } from "./load/load.ts";
import type { RequestPlan } from "./load/requests.ts";
import { numbersFor } from "./figures/numbers.ts";
import { busyNote } from "./figures/notes.ts";
import type { TargetOptions } from "./options.ts";
import { spreadOf } from "./spread.ts";

const bodyBytes = 1_024;
const [perSecond, window, connections, rounds] = [500, 2_000, 64, 3];

/**
 * Drives another webhook system over HTTP as Condo is driven. It has to accept what is signed so, and to deliver to the
 * receiver; what is delivered is known by a number in its body, in whatever it is wrapped.
 */
export async function measureTarget(load: Load, options: TargetOptions, isQuick: boolean): Promise<Line[]> {
  const plan: RequestPlan = {
    kind: "webhook",
    url: options.url,
    headers: options.headers,
    signing: options.signing,
    size: bodyBytes,
  };
  const [warmUpMs, durationMs] = isQuick ? [100, 500] : [1_000, 5_000];
  const loop = (pace: DeliveryLoop["pace"]): Promise<DeliveryResult[]> =>
    repeat(() =>
      load.deliveryLoop({
        plan,
        pace,
        connections,
        warmUpMs,
        durationMs,
        settleMs: 20_000,
        firstNumber: numbersFor(1_000_000),
      }),
    );
  const delivered = await loop({ window });
  const timed = await loop({ perSecond });
  // Last: what it leaves undelivered would be in the way of the others.
  const closed = await repeat(() =>
    load.closedLoop({
      plan,
      connections,
      warmUpMs,
      durationMs,
      firstNumber: numbersFor(1_000_000),
      prepared: 0,
    }),
  );
  const statuses = closed.map(({ statuses }) => JSON.stringify(statuses)).join(" ");
  return [
    lineOf(
      "accepted",
      closed.map(({ perSecond }) => perSecond),
      "req/s",
      `closed loop, ${connections} connections`,
      [`answers by status: ${statuses}`, busyNote(Math.max(...closed.map(({ cpu }) => cpu)))],
    ),
    lineOf(
      "accepted and delivered",
      delivered.map(({ deliveredPerSecond }) => deliveredPerSecond),
      "events/s",
      `closed loop over the whole way, ${window} events accepted and not yet delivered at once`,
      [`${delivered.reduce((sum, { missing }) => sum + missing, 0)} did not arrive within 20 s`],
    ),
    ...(["p50", "p99"] as const).map((name) =>
      lineOf(
        `first delivery attempt, ${name}`,
        timed.map(({ deliveries }) => deliveries[name]),
        "ms",
        `open loop, ${perSecond}/s, from when a request was due to its arrival`,
        [`${timed.reduce((sum, { missing }) => sum + missing, 0)} did not arrive within 20 s`],
      ),
    ),
  ];
}

async function repeat<T>(measure: () => Promise<T>): Promise<T[]> {
  const taken: T[] = [];
  for (let round = 0; round < rounds; round++) taken.push(await measure());
  return taken;
}

function lineOf(what: string, rounds: number[], unit: string, how: string, notes: string[]): Line {
  return { what, value: { value: spreadOf(rounds).median, unit }, rounds, unit, how, notes };
}
