import type { Figure } from "../../figure.ts";
import type { DeliveryResult } from "../../load/delivery-loop.ts";
import { ratios } from "../../rounds.ts";
import { medianOf } from "../../spread.ts";
import { numbersFor } from "../numbers.ts";
import { busyNote } from "../notes.ts";
import { hangingBacklog } from "./backlog.ts";
import { tenantsPlan } from "./tenants.ts";

const tenants = 4;
const perSecond = 200;

/** P10: what a tenant with many events for an endpoint that hangs does to the others. */
export const noisyTenant: Figure = {
  id: "P10",
  title: "one tenant's trouble",
  async take(bench) {
    const load = await bench.load();
    const plan = await tenantsPlan(bench, tenants, (await load.receiver()).url);
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
    const rounds = bench.isQuick ? 1 : 3;
    const [calm, beside]: [DeliveryResult[], DeliveryResult[]] = [[], []];
    for (let round = 0; round < rounds; round++) calm.push(await measure());
    const size = await hangingBacklog(bench);
    for (let round = 0; round < rounds; round++) beside.push(await measure());

    const p99Of = (results: DeliveryResult[]) => results.map(({ deliveries }) => deliveries.p99);
    return [
      {
        what: `others' p99 beside ${size} events for a hanging endpoint`,
        value: { value: medianOf(p99Of(beside)), unit: "ms" },
        floor: { name: "the same tenants before that", value: medianOf(p99Of(calm)), unit: "ms" },
        rounds: ratios(p99Of(beside), p99Of(calm)),
        unit: "×",
        goal: { atMost: 2 },
        how: `open loop, ${perSecond}/s of ${tenants} tenants; before, then beside: a backlog can't be made and unmade each round`,
        notes: [
          busyNote(Math.max(...[...calm, ...beside].map(({ cpu }) => cpu))),
          `${beside.reduce((sum, { missing }) => sum + missing, 0)} did not arrive`,
        ],
        plots: [
          {
            title: "Other tenants' delivery latency",
            kind: "latency",
            x: "percentile",
            y: "ms",
            series: [
              { name: "before", points: calm.at(-1)?.deliveries.curve ?? [] },
              { name: "beside the backlog", points: beside.at(-1)?.deliveries.curve ?? [] },
            ],
          },
        ],
      },
    ];
  },
};
