import type { Figure } from "../../figure.ts";
import type { DeliveryResult } from "../../load/delivery-loop.ts";
import { inFigures } from "../../report/in-figures.ts";
import { alternate, ratios } from "../../rounds.ts";
import { medianOf } from "../../spread.ts";
import { numbersFor } from "../numbers.ts";
import { hangingTenant } from "./hanging-tenant.ts";
import { tenantsPlan } from "./tenants.ts";

const tenants = 4;
const perSecond = 200;

/** P10: what a tenant with many events for an endpoint that hangs does to the others. */
export const noisyTenant: Figure = {
  id: "P10",
  title: "one tenant's trouble",
  seconds: { full: 80, quick: 8 },
  async take(bench) {
    const fleet = await bench.fleet();
    const load = await bench.load();
    const plan = await tenantsPlan(bench, tenants, (await load.receiver()).url);
    const measure = (): Promise<DeliveryResult> =>
      load.deliveryLoop({
        plan,
        pace: { perSecond },
        connections: 128,
        warmUpMs: bench.warmUpMs,
        durationMs: bench.durationMs * 2,
        settleMs: 20_000,
        firstNumber: numbersFor(1_000_000),
      });
    const before = await measure();
    const noisy = await hangingTenant(bench);
    const hung: number[] = [];
    const { floor: calm, condo: beside } = await alternate(bench.isQuick ? 1 : 3, measure, async () => {
      await noisy.begin();
      const result = await bench.watch(fleet.services.worker.pid, measure);
      hung.push(await load.hanging());
      await noisy.rest();
      return result;
    });

    const p99Of = (results: DeliveryResult[]) => results.map(({ deliveries }) => deliveries.p99);
    return [
      {
        what: `others' p99 beside ${inFigures(noisy.size)} events for a hanging endpoint`,
        value: { value: medianOf(p99Of(beside)), unit: "ms" },
        floor: {
          name: "the same tenants while that destination is switched off",
          value: medianOf(p99Of(calm)),
          unit: "ms",
        },
        rounds: ratios(p99Of(beside), p99Of(calm)),
        unit: "×",
        goal: { atMost: 2 },
        how: `open loop, ${perSecond}/s of ${tenants} tenants, from when a request was due to its arrival`,
        notes: [
          `${Math.min(...hung)} or more of its requests hung at the end of each round beside; before there was any backlog: ` +
            `${before.deliveries.p99.toFixed(1)} ms`,
          `${[...calm, ...beside].reduce((sum, { missing }) => sum + missing, 0)} did not arrive`,
        ],
        loadCores: Math.max(...[...calm, ...beside].map(({ cpu }) => cpu)),
        plots: [
          {
            title: "Other tenants' delivery latency",
            kind: "latency",
            x: "percentile",
            y: "ms",
            series: [
              { name: "beside the backlog", points: beside.at(-1)?.deliveries.curve ?? [] },
              { name: "without it", points: calm.at(-1)?.deliveries.curve ?? [] },
            ],
          },
        ],
      },
    ];
  },
};
