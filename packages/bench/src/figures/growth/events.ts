import type { Fleet } from "@condo/local/fleet";
import type { Bench } from "../../bench.ts";
import type { Line } from "../../figure.ts";
import { inFigures } from "../../report/in-figures.ts";
import { registerTenant } from "../../tenant.ts";
import type { Fleets } from "./growth-fleets.ts";
import { seeding } from "./seed.ts";
import { besideSmallest, growthLine, type Sized } from "./sizes.ts";

const sizes = [10_000, 100_000, 1_000_000, 10_000_000];
const quickSizes = [1_000, 2_000, 5_000];

/** A tenant with events, and how long their first page takes. */
interface List {
  growTo(size: number): Promise<void>;
  /** @returns the median, in milliseconds */
  firstPage(): Promise<number>;
}

/** The first page of a tenant's events, the more there are. */
export async function growingEvents(bench: Bench, fleets: Fleets): Promise<Line> {
  const [smallest = 0, ...others] = bench.isQuick ? quickSizes : sizes;
  const [small, large] = [await listOn(bench, fleets.small), await listOn(bench, fleets.large)];
  const api = fleets.large.services["tenant-api"];
  await small.growTo(smallest);
  const taken: Sized[] = [];
  for (const size of others) {
    await large.growTo(size);
    bench.onLine(`  ${size} events`);
    const isLast = size === others.at(-1);
    const rounds = await besideSmallest(
      bench,
      isLast,
      () => small.firstPage(),
      () => bench.watch(isLast ? api.pid : undefined, () => large.firstPage(), "events"),
    );
    taken.push({ size, ...rounds });
  }
  return growthLine(smallest, taken, {
    what: `first page of ${inFigures(others.at(-1) ?? 0)} events ÷ of ${inFigures(smallest)}`,
    of: "events",
    unit: "ms",
    title: "First page of events, p50",
    goal: { atMost: 1.2 },
    how: "GET /webhook-events, one after another, p50; the events of one tenant, over four weeks",
  });
}

async function listOn(bench: Bench, fleet: Fleet): Promise<List> {
  const load = await bench.load();
  const tenant = await registerTenant(fleet.origin);
  const me = await tenant.api.get("/api/v1/auth/me");
  const api = fleet.services["tenant-api"];
  let have = 0;
  return {
    async growTo(size) {
      await seeding(fleet, async (client) => {
        // As COPY would, and without a client that has to make and send the rows.
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
    },
    async firstPage() {
      const plan = {
        kind: "get",
        url: `${api.url}/api/v1/webhook-events`,
        headers: { authorization: `Bearer ${tenant.accessToken}` },
      } as const;
      const { statuses, latencies } = await load.closedLoop({
        plan,
        connections: 1,
        warmUpMs: bench.warmUpMs / 2,
        durationMs: bench.durationMs / 2,
        firstNumber: 0,
        prepared: 0,
      });
      if (Object.keys(statuses).join() !== "200") throw new Error(`events: ${JSON.stringify(statuses)}`);
      return latencies.p50;
    },
  };
}
