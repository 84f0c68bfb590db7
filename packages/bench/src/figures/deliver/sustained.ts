import type { Figure } from "../../figure.ts";
import type { DeliveryResult } from "../../load/delivery-loop.ts";
import { startFloor } from "../../machine/floor-process.ts";
import { alternate, ratios } from "../../rounds.ts";
import { medianOf } from "../../spread.ts";
import { numbersFor } from "../numbers.ts";
import { tenantsPlan } from "./tenants.ts";

const tenants = 4;
/** What one worker has under way for one destination, times the destinations. */
const concurrency = 200;
const window = 2_000;

/** P2: how many events a second go all the way, everything on this machine. */
export const sustained: Figure = {
  id: "P2",
  title: "events accepted, recorded and delivered",
  seconds: { full: 40, quick: 12 },
  async take(bench) {
    const fleet = await bench.fleet();
    const load = await bench.load();
    const { worker } = fleet.services;
    const { url: receiver } = await load.receiver();
    const plan = await tenantsPlan(bench, tenants, receiver);

    async function measure(): Promise<DeliveryResult> {
      const result = await load.deliveryLoop({
        plan,
        pace: { window },
        connections: 64,
        warmUpMs: bench.warmUpMs,
        durationMs: bench.durationMs,
        settleMs: 20_000,
        firstNumber: numbersFor(1_000_000),
      });
      if (result.missing > 0) throw new Error(`${result.missing} events were accepted and not delivered`);
      return result;
    }
    async function onFloor(): Promise<DeliveryResult> {
      await worker.stop();
      const floor = await startFloor(new URL("./sustained-floor.ts", import.meta.url), {
        REDIS_URL: fleet.redisUrl,
        RECEIVER_URL: receiver,
        CONCURRENCY: String(concurrency),
      });
      try {
        return await measure();
      } finally {
        await floor.stop();
        await worker.start();
      }
    }

    const { floor, condo } = await alternate(bench.isQuick ? 1 : 3, onFloor, () =>
      bench.watch(worker.pid, measure),
    );
    const rateOf = (results: DeliveryResult[]) => results.map(({ deliveredPerSecond }) => deliveredPerSecond);
    return [
      {
        what: "accepted, recorded, delivered; every attempt recorded",
        value: { value: medianOf(rateOf(condo)), unit: "events/s" },
        floor: {
          name: "the worker replaced by a loop that reads the stream and POSTs, recording nothing",
          value: medianOf(rateOf(floor)),
          unit: "events/s",
          isLeast: true,
        },
        rounds: ratios(rateOf(condo), rateOf(floor)),
        unit: "×",
        goal: { atLeast: 0.5 },
        how: `closed loop over the whole way: ${window} events of ${tenants} tenants accepted and not yet delivered at once`,
        notes: [
          `accept to delivery within that window: p50 ${Math.round(medianOf(condo.map(({ deliveries }) => deliveries.p50)))} ms; ` +
            `${condo.reduce((sum, { repeated }) => sum + repeated, 0)} came twice`,
          "the load is the receiver too",
        ],
        loadCores: Math.max(...[...condo, ...floor].map(({ cpu }) => cpu)),
        plots: [
          {
            title: "Deliveries over time",
            kind: "throughput",
            x: "s",
            y: "events/s",
            series: [
              { name: "Condo", points: pointsOf(condo.at(-1)) },
              { name: "floor", points: pointsOf(floor.at(-1)) },
            ],
          },
        ],
      },
    ];
  },
};

function pointsOf(result: DeliveryResult | undefined): [number, number][] {
  return (result?.series ?? []).map((count, index) => [index / 10, count * 10]);
}
