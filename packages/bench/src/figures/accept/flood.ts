import { setTimeout as delay } from "node:timers/promises";
import type { Bench } from "../../bench.ts";
import type { Figure, Line } from "../../figure.ts";
import type { DeliveryResult } from "../../load/delivery-loop.ts";
import { startLoad, type Load } from "../../load/load.ts";
import type { WebhookPlan } from "../../load/requests.ts";
import { alternate, ratios } from "../../rounds.ts";
import { medianOf } from "../../spread.ts";
import { createSource, registerTenant } from "../../tenant.ts";
import { numbersFor } from "../numbers.ts";

const serviceName = "flood";
const perSecond = 50;
/** Enough for the one tenant; the other's are spent before anything is measured, for the worker is stopped. */
const tenantEvents = 12_000;
const bodyBytes = 1_024;
const aheadMs = 1_000;
/** The flood has opened its connections, and sent on each of them, before the other tenant begins, and ends after. */
const openingMs = 1_500;

interface Shape {
  name: string;
  connections: number;
  /** Whatever the answers take; else each connection sends when it is answered. */
  perSecond?: number;
  /** 429: its tenant's budget is used up. 202: they are repetitions, which are taken within it. */
  status: 429 | 202;
}

const shapes: readonly Shape[] = [
  { name: "a closed loop on 128 connections", connections: 128, status: 429 },
  { name: "a closed loop on 1,000 connections", connections: 1_000, status: 429 },
  { name: "4,000 a second, whatever the answers take", connections: 5_000, perSecond: 4_000, status: 429 },
  { name: "a closed loop on 128 connections, of repetitions", connections: 128, status: 202 },
  { name: "a closed loop on 1,000 connections, of repetitions", connections: 1_000, status: 202 },
];

/** P11: what a tenant that posts all it can, past its budget or within it, does to another's acknowledgements. */
export const flood: Figure = {
  id: "P11",
  title: "one tenant's flood",
  seconds: { full: 300, quick: 30 },
  async take(bench) {
    const fleet = await bench.freshFleet({ INTAKE_TENANT_MAX_EVENTS: String(tenantEvents) });
    const flooding = await startLoad();
    try {
      await fleet.services.worker.stop();
      const { url: origin, pid } = fleet.services["webhook-ingest"];
      const planOf = async (): Promise<WebhookPlan> => {
        const tenant = await registerTenant(fleet.origin);
        const secret = await createSource(tenant, serviceName);
        const headers = { "x-tenant-id": tenant.slug };
        return {
          kind: "webhook",
          url: `${origin}/api/v1/webhooks/${serviceName}`,
          headers,
          signing: { scheme: "standard-webhooks", secret },
          size: bodyBytes,
        };
      };
      const [quiet, loud, taken] = [await planOf(), await planOf(), await planOf()];
      await spend(flooding, loud);
      return await measured(bench, pid, { flooding, quiet, loud, taken });
    } finally {
      await flooding.stop();
      await bench.end(fleet);
    }
  },
};

/** Posts until the budget is used up. */
async function spend(flooding: Load, loud: WebhookPlan): Promise<void> {
  await flooding.closedLoop({
    plan: loud,
    connections: 128,
    warmUpMs: 0,
    durationMs: 60_000,
    mostRequests: tenantEvents + 1_000,
    firstNumber: numbersFor(2 * tenantEvents),
    prepared: 0,
  });
}

interface Beside {
  quiet: DeliveryResult;
  /** Of the flood, a second. */
  answered: number;
  /** Of the flood's load. */
  cpu: number;
}

async function measured(
  bench: Bench,
  pid: number | undefined,
  { flooding, quiet, loud, taken }: { flooding: Load } & Record<"quiet" | "loud" | "taken", WebhookPlan>,
): Promise<Line[]> {
  const load = await bench.load();
  const durationMs = bench.durationMs * 2;
  const post = async (): Promise<DeliveryResult> => {
    const result = await load.deliveryLoop({
      plan: quiet,
      pace: { perSecond },
      connections: 16,
      warmUpMs: aheadMs,
      durationMs,
      // Nothing is delivered.
      settleMs: 1_000,
      firstNumber: numbersFor(100_000),
    });
    if (Object.keys(result.statuses).join() !== "202") throw new Error(JSON.stringify(result.statuses));
    return result;
  };
  const beside = async (shape: Shape): Promise<Beside> => {
    const common = {
      plan: shape.status === 202 ? { ...taken, isRepeated: true as const } : loud,
      connections: shape.connections,
      warmUpMs: openingMs + aheadMs,
      durationMs,
      firstNumber: numbersFor(10_000_000),
    };
    const [result, { statuses, cpu }] = await Promise.all([
      delay(openingMs).then(post),
      shape.perSecond === undefined
        ? flooding.closedLoop({ ...common, prepared: 0 })
        : flooding.deliveryLoop({ ...common, pace: { perSecond: shape.perSecond }, settleMs: 1_000 }),
    ]);
    return { quiet: result, answered: (statuses[shape.status] ?? 0) / (durationMs / 1_000), cpu };
  };
  const { floor, condo } = await alternate(bench.rounds, post, async () => {
    const results: Beside[] = [];
    for (const shape of shapes) results.push(await bench.watch(pid, () => beside(shape)));
    return results;
  });

  return shapes.flatMap((shape, index) => {
    const rounds = condo.flatMap((round) => round.slice(index, index + 1));
    return (index === 0 ? (["p50", "p99"] as const) : (["p99"] as const)).map((part) =>
      lineOf(shape, part, floor, rounds),
    );
  });
}

function lineOf(shape: Shape, part: "p50" | "p99", floor: DeliveryResult[], taken: Beside[]): Line {
  const alone = floor.map(({ answers }) => answers[part]);
  const beside = taken.map(({ quiet }) => quiet.answers[part]);
  const cpu = Math.max(...floor.map((result) => result.cpu), ...taken.map((result) => result.cpu));
  return {
    what: `another tenant's 202 beside ${shape.name}, ${part}`,
    value: { value: medianOf(beside), unit: "ms" },
    floor: { name: "the same without the flood", value: medianOf(alone), unit: "ms" },
    rounds: ratios(beside, alone),
    unit: "×",
    goal: { atMost: 2 },
    how: `open loop, ${perSecond}/s, from when each was due`,
    notes: [
      `${Math.round(medianOf(taken.map(({ answered }) => answered)))} of the flood answered with ${shape.status} a second`,
    ],
    loadCores: cpu,
    plots:
      part === "p50"
        ? []
        : [
            {
              title: `Another tenant's acknowledgements beside ${shape.name}`,
              kind: "latency",
              x: "percentile",
              y: "ms",
              series: [
                { name: "alone", points: floor.at(-1)?.answers.curve ?? [] },
                { name: "beside the flood", points: taken.at(-1)?.quiet.answers.curve ?? [] },
              ],
            },
          ],
  };
}
