import type { Figure, Plot } from "../../figure.ts";
import type { DeliveryResult } from "../../load/delivery-loop.ts";
import { medianOf } from "../../spread.ts";
import { numbersFor } from "../numbers.ts";
import { busyNote } from "../notes.ts";
import { tenantsPlan } from "./tenants.ts";

const tenants = 4;
const perSecond = 500;

/** P3: how long a webhook takes from its sender to its first delivery attempt. */
export const latency: Figure = {
  id: "P3",
  title: "from acceptance to delivery",
  async take(bench) {
    const fleet = await bench.fleet();
    const load = await bench.load();
    const plan = await tenantsPlan(bench, tenants, (await load.receiver()).url);
    const taken: DeliveryResult[] = [];
    for (let round = 0; round < (bench.isQuick ? 1 : 3); round++) {
      const measure = () =>
        load.deliveryLoop({
          plan,
          pace: { perSecond },
          connections: 128,
          warmUpMs: bench.warmUpMs,
          durationMs: bench.durationMs * 2,
          settleMs: 20_000,
          firstNumber: numbersFor(1_000_000),
        });
      taken.push(await bench.watch(fleet.services.worker.pid, measure));
    }
    const how = `open loop, ${perSecond}/s of ${tenants} tenants, from when a request was due to its arrival`;
    const notes = [
      `answered 202 after p50 ${medianOf(taken.map(({ answers }) => answers.p50)).toFixed(1)} ms, ` +
        `p99 ${medianOf(taken.map(({ answers }) => answers.p99)).toFixed(1)} ms`,
      busyNote(Math.max(...taken.map(({ cpu }) => cpu))),
      `${taken.reduce((sum, { missing }) => sum + missing, 0)} of ${taken.reduce((sum, { sent }) => sum + sent, 0)} did not arrive`,
    ];
    const lineOf = (name: "p50" | "p99", atMost: number, plots: Plot[]) => {
      const rounds = taken.map(({ deliveries }) => deliveries[name]);
      const value = { value: medianOf(rounds), unit: "ms" };
      return {
        what: `first delivery attempt, ${name}`,
        value,
        rounds,
        unit: "ms",
        goal: { atMost },
        how,
        notes,
        plots,
      };
    };
    return [lineOf("p50", 10, []), { ...lineOf("p99", 50, plotsOf(taken)), notes: [] }];
  },
};

function plotsOf(taken: DeliveryResult[]): Plot[] {
  const last = taken.at(-1);
  return [
    {
      title: `Latency at ${perSecond} webhooks a second`,
      kind: "latency",
      x: "percentile",
      y: "ms",
      series: [
        { name: "to the first delivery", points: last?.deliveries.curve ?? [] },
        { name: "to the 202", points: last?.answers.curve ?? [] },
      ],
    },
  ];
}
