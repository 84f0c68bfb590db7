import type { Figure, Goal, Line, Plot } from "../../figure.ts";
import type { DeliveryResult } from "../../load/delivery-loop.ts";
import { startFloor } from "../../machine/floor-process.ts";
import { alternate, ratios } from "../../rounds.ts";
import { medianOf } from "../../spread.ts";
import { numbersFor } from "../numbers.ts";
import { tenantsPlan } from "./tenants.ts";

const tenants = 4;
const perSecond = 500;
const goals = { p50: { atMost: 10 }, p99: { atMost: 50 } } satisfies Record<string, Goal>;

/** P3: how long a webhook takes from its sender to its first delivery attempt. */
export const latency: Figure = {
  id: "P3",
  title: "from acceptance to delivery",
  seconds: { full: 50, quick: 4 },
  async take(bench) {
    const fleet = await bench.fleet();
    const load = await bench.load();
    const { url: receiver } = await load.receiver();
    const plan = await tenantsPlan(bench, tenants, receiver);
    const floorProcess = await startFloor(new URL("./latency-floor.ts", import.meta.url), {
      REDIS_URL: fleet.redisUrl,
      RECEIVER_URL: receiver,
      SECRET: plan.signing.secret,
    });
    const floorUrl = `${floorProcess.ready["url"]}/webhooks/bench`;
    const measure = (url: string): Promise<DeliveryResult> =>
      load.deliveryLoop({
        plan: { ...plan, url },
        pace: { perSecond },
        connections: 128,
        warmUpMs: bench.warmUpMs,
        durationMs: bench.durationMs * 2,
        settleMs: 20_000,
        firstNumber: numbersFor(1_000_000),
      });
    try {
      const { floor, condo } = await alternate(
        bench.isQuick ? 1 : 3,
        () => measure(floorUrl),
        () => bench.watch(fleet.services.worker.pid, () => measure(plan.url)),
      );
      return (["p50", "p99"] as const).map((part) => lineOf(part, floor, condo));
    } finally {
      await floorProcess.stop();
    }
  },
};

function lineOf(part: "p50" | "p99", floor: DeliveryResult[], condo: DeliveryResult[]): Line {
  const of = (results: DeliveryResult[]) => results.map(({ deliveries }) => deliveries[part]);
  const sum = (of: (result: DeliveryResult) => number) => condo.reduce((all, one) => all + of(one), 0);
  const answered = medianOf(condo.map(({ answers }) => answers[part]));
  const late = medianOf(condo.map(({ lateness }) => lateness[part]));
  return {
    what: `first delivery attempt, ${part}`,
    value: { value: medianOf(of(condo)), unit: "ms" },
    floor: {
      name: "one process: Fastify, HMAC, XADD to the same Redis, XREAD, POST to the same receiver",
      value: medianOf(of(floor)),
      unit: "ms",
      isLeast: true,
    },
    rounds: of(condo),
    unit: "ms",
    ratios: ratios(of(condo), of(floor)),
    goal: goals[part],
    how: `open loop, ${perSecond}/s of ${tenants} tenants, from when a request was due to its arrival`,
    notes: [
      `${part} of the 202: ${answered.toFixed(1)} ms; requests left ${late.toFixed(1)} ms after they were due`,
      `${sum(({ missing }) => missing)} of ${sum(({ sent }) => sent)} did not arrive`,
    ],
    loadCores: Math.max(...[...floor, ...condo].map(({ cpu }) => cpu)),
    plots: part === "p99" ? [plotOf(floor.at(-1), condo.at(-1))] : [],
  };
}

function plotOf(floor: DeliveryResult | undefined, condo: DeliveryResult | undefined): Plot {
  return {
    title: `Latency at ${perSecond} webhooks a second`,
    kind: "latency",
    x: "percentile",
    y: "ms",
    series: [
      { name: "to the first delivery", points: condo?.deliveries.curve ?? [] },
      { name: "to the 202", points: condo?.answers.curve ?? [] },
      { name: "floor", points: floor?.deliveries.curve ?? [] },
    ],
  };
}
