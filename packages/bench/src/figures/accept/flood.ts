import type { Bench } from "../../bench.ts";
import type { Figure, Line } from "../../figure.ts";
import type { DeliveryResult } from "../../load/delivery-loop.ts";
import { startLoad, type Load } from "../../load/load.ts";
import type { RequestPlan } from "../../load/requests.ts";
import { alternate, ratios } from "../../rounds.ts";
import { medianOf } from "../../spread.ts";
import { createSource, registerTenant } from "../../tenant.ts";
import { numbersFor } from "../numbers.ts";

const serviceName = "flood";
const perSecond = 50;
const floodConnections = 128;
/** Enough for the one tenant; the other's are spent before anything is measured, for the worker is stopped. */
const tenantEvents = 5_000;
const bodyBytes = 1_024;
/** The flood begins before the other tenant is measured, and ends after. */
const aheadMs = 1_000;

/** P11: what a tenant that posts many times what it may does to another's acknowledgements. */
export const flood: Figure = {
  id: "P11",
  title: "one tenant's flood",
  seconds: { full: 60, quick: 12 },
  async take(bench) {
    const fleet = await bench.freshFleet({ INTAKE_TENANT_MAX_EVENTS: String(tenantEvents) });
    const flooding = await startLoad();
    try {
      await fleet.services.worker.stop();
      const url = `${fleet.services["webhook-ingest"].url}/api/v1/webhooks/${serviceName}`;
      const planOf = async (): Promise<RequestPlan> => {
        const tenant = await registerTenant(fleet.origin);
        const secret = await createSource(tenant, serviceName);
        const headers = { "x-tenant-id": tenant.slug };
        return {
          kind: "webhook",
          url,
          headers,
          signing: { scheme: "standard-webhooks", secret },
          size: bodyBytes,
        };
      };
      const { pid } = fleet.services["webhook-ingest"];
      return await measured(bench, { flooding, quiet: await planOf(), loud: await planOf(), ingestPid: pid });
    } finally {
      await flooding.stop();
      await bench.end(fleet);
    }
  },
};

async function measured(
  bench: Bench,
  {
    flooding,
    quiet,
    loud,
    ingestPid,
  }: { flooding: Load; quiet: RequestPlan; loud: RequestPlan; ingestPid: number | undefined },
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
  const refused: number[] = [];
  const beside = async (): Promise<DeliveryResult> => {
    const [result, { statuses }] = await Promise.all([
      bench.watch(ingestPid, post),
      flooding.closedLoop({
        plan: loud,
        connections: floodConnections,
        warmUpMs: aheadMs,
        durationMs,
        firstNumber: numbersFor(10_000_000),
        prepared: 0,
      }),
    ]);
    refused.push((statuses[429] ?? 0) / (durationMs / 1_000));
    return result;
  };
  await flooding.closedLoop({
    plan: loud,
    connections: floodConnections,
    warmUpMs: 0,
    durationMs: 60_000,
    mostRequests: 2 * tenantEvents,
    firstNumber: numbersFor(2 * tenantEvents),
    prepared: 0,
  });
  const { floor, condo } = await alternate(bench.rounds, post, beside);
  const cpu = Math.max(...[...floor, ...condo].map((result) => result.cpu));

  return (["p50", "p99"] as const).map((part): Line => {
    const of = (results: DeliveryResult[]) => results.map(({ answers }) => answers[part]);
    return {
      what: `another tenant's 202 beside the flood, ${part}`,
      value: { value: medianOf(of(condo)), unit: "ms" },
      floor: { name: "the same without the flood", value: medianOf(of(floor)), unit: "ms" },
      rounds: ratios(of(condo), of(floor)),
      unit: "×",
      how: `open loop, ${perSecond}/s, from when each was due; the flood a closed loop on ${floodConnections} connections`,
      notes: [`${Math.round(medianOf(refused))} of the flood refused a second`],
      loadCores: cpu,
      plots:
        part === "p50"
          ? []
          : [
              {
                title: "Another tenant's acknowledgements",
                kind: "latency",
                x: "percentile",
                y: "ms",
                series: [
                  { name: "alone", points: floor.at(-1)?.answers.curve ?? [] },
                  { name: "beside the flood", points: condo.at(-1)?.answers.curve ?? [] },
                ],
              },
            ],
    };
  });
}
