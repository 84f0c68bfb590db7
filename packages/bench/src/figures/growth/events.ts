import type { Fleet } from "@condo/local/fleet";
import type { Bench } from "../../bench.ts";
import type { Line } from "../../figure.ts";
import { medianOf } from "../../spread.ts";
import { registerTenant } from "../../tenant.ts";
import { seeding } from "./seed.ts";

const sizes = [10_000, 100_000, 1_000_000, 10_000_000];
const quickSizes = [1_000, 5_000];
const rounds = 3;

/** The first page of a tenant's events, the more there are. */
export async function growingEvents(bench: Bench, fleet: Fleet): Promise<Line> {
  const load = await bench.load();
  const tenant = await registerTenant(fleet.origin);
  const me = await tenant.api.get("/api/v1/auth/me");
  const taken: { size: number; ms: number[] }[] = [];
  let have = 0;
  for (const size of bench.isQuick ? quickSizes : sizes) {
    await seeding(fleet, async (client) => {
      await client.query(
        `insert into webhook_events (id, tenant_id, service_name, event_type, headers, body, received_at)
         select uuidv7(n * interval '28 days' / $2 - interval '28 days'), $1, 'bench', 'bench.happened', '{}',
           convert_to('{"n":' || n || '}', 'utf8'), now()
         from generate_series(1, $2::bigint) n`,
        [me.tenant_id, size - have],
      );
      await client.query("vacuum analyze webhook_events");
    });
    have = size;
    bench.onLine(`  ${size} events`);
    const ms: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const { statuses, latencies } = await load.closedLoop({
        plan: {
          kind: "get",
          url: `${fleet.services["tenant-api"].url}/api/v1/webhook-events`,
          headers: { authorization: `Bearer ${tenant.accessToken}` },
        },
        connections: 1,
        warmUpMs: bench.warmUpMs / 2,
        durationMs: bench.durationMs / 2,
        firstNumber: 0,
        prepared: 0,
      });
      if (Object.keys(statuses).join() !== "200") throw new Error(`events: ${JSON.stringify(statuses)}`);
      ms.push(latencies.p50);
    }
    taken.push({ size, ms });
  }
  const [small, large] = [taken.at(0), taken.at(-1)];
  return {
    what: `first page of ${large?.size} events ÷ of ${small?.size}`,
    value: { value: medianOf(large?.ms ?? []), unit: "ms" },
    floor: { name: `the same with ${small?.size}`, value: medianOf(small?.ms ?? []), unit: "ms" },
    rounds: (large?.ms ?? []).map((ms) => ms / medianOf(small?.ms ?? [])),
    unit: "×",
    goal: { atMost: 1.2 },
    how: "GET /webhook-events, one after another, p50; the events of one tenant, over four weeks",
    notes: taken.map(({ size, ms }) => `${size}: ${medianOf(ms).toFixed(2)} ms`),
    plots: [
      {
        title: "First page of events",
        kind: "growth",
        x: "events",
        y: "ms",
        series: [{ name: "p50", points: taken.map(({ size, ms }) => [size, medianOf(ms)]) }],
      },
    ],
  };
}
