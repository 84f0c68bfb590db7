import { randomBytes } from "node:crypto";
import { Redis } from "ioredis";
import type { Fleet } from "@condo/local/fleet";
import { newId, sourceSecretContext } from "@condo/schema";
import { createSealer } from "@condo/secrets";
import type { Bench } from "../../bench.ts";
import type { Line } from "../../figure.ts";
import type { RequestPlan } from "../../load/requests.ts";
import { medianOf } from "../../spread.ts";
import { numbersFor } from "../numbers.ts";
import { seeding } from "./seed.ts";

const sizes = [10, 1_000, 10_000, 100_000];
const quickSizes = [10, 100];
const serviceName = "many";
const rounds = 3;
const insertedAtOnce = 10_000;

/** How many webhooks are accepted, the more tenants they are for. The worker is stopped. */
export async function growingTenants(bench: Bench, fleet: Fleet): Promise<Line> {
  const load = await bench.load();
  const ingest = fleet.services["webhook-ingest"];
  const secret = `whsec_${randomBytes(24).toString("base64")}`;
  const redis = new Redis(fleet.redisUrl);
  const taken: { size: number; perSecond: number[]; coldPerSecond: number }[] = [];
  let have = 0;
  for (const size of bench.isQuick ? quickSizes : sizes) {
    await seedTenants(fleet, have, size, secret);
    have = size;
    bench.onLine(`  ${size} tenants`);
    const plan: RequestPlan = {
      kind: "webhook",
      url: `${ingest.url}/api/v1/webhooks/${serviceName}`,
      headers: {},
      signing: { scheme: "standard-webhooks", secret },
      size: 1_024,
      turns: Array.from({ length: size }, (_, index) => ({ "x-tenant-id": slugOf(index) })),
    };
    const post = async (most: { durationMs: number; mostRequests?: number }) => {
      const result = await load.closedLoop({
        plan,
        connections: 64,
        warmUpMs: 0,
        firstNumber: numbersFor(1_000_000),
        prepared: 0,
        ...most,
      });
      if (Object.keys(result.statuses).join() !== "202") throw new Error(JSON.stringify(result.statuses));
      await redis.flushdb();
      return result;
    };
    // Each once, which none of them has been before.
    const start = performance.now();
    const cold = await post({ durationMs: 120_000, mostRequests: size });
    const coldPerSecond = (cold.sent * 1000) / (performance.now() - start);
    const perSecond: number[] = [];
    for (let round = 0; round < rounds; round++) {
      perSecond.push((await post({ durationMs: bench.durationMs })).perSecond);
    }
    taken.push({ size, perSecond, coldPerSecond });
  }
  redis.disconnect();
  const [small, large] = [taken.at(0), taken.at(-1)];
  const smallRate = medianOf(small?.perSecond ?? []);
  return {
    what: `accepted with ${large?.size} tenants ÷ with ${small?.size}`,
    value: { value: medianOf(large?.perSecond ?? []), unit: "req/s" },
    floor: { name: `the same with ${small?.size}`, value: smallRate, unit: "req/s" },
    rounds: (large?.perSecond ?? []).map((rate) => rate / smallRate),
    unit: "×",
    goal: { atLeast: 0.9 },
    how: "closed loop, 64 connections, each request for the next tenant: the worst order for a memory",
    notes: taken.map(
      ({ size, perSecond, coldPerSecond }) =>
        `${size}: ${Math.round(medianOf(perSecond))}/s; ${Math.round(coldPerSecond)}/s the first time around`,
    ),
    plots: [
      {
        title: "Accepted, by how many tenants",
        kind: "growth",
        x: "tenants",
        y: "req/s",
        series: [
          { name: "accepted", points: taken.map(({ size, perSecond }) => [size, medianOf(perSecond)]) },
        ],
      },
    ],
  };
}

function slugOf(index: number): string {
  return `many-${index}`;
}

async function seedTenants(fleet: Fleet, from: number, to: number, secret: string): Promise<void> {
  const sealer = createSealer(fleet.masterKey);
  await seeding(fleet, async (client) => {
    for (let first = from; first < to; first += insertedAtOnce) {
      const made = Array.from({ length: Math.min(insertedAtOnce, to - first) }, (_, index) => {
        const secretId = newId();
        const sealed = sealer.seal(secret, sourceSecretContext(secretId));
        return { slug: slugOf(first + index), tenantId: newId(), sourceId: newId(), secretId, sealed };
      });
      const tenantIds = made.map(({ tenantId }) => tenantId);
      const sourceIds = made.map(({ sourceId }) => sourceId);
      await client.query(
        "insert into tenants (id, slug, name) select id, slug, slug from unnest($1::uuid[], $2::text[]) made (id, slug)",
        [tenantIds, made.map(({ slug }) => slug)],
      );
      await client.query(
        `insert into webhook_sources (id, tenant_id, service_name, provider)
         select id, tenant_id, $3, 'standard-webhooks' from unnest($1::uuid[], $2::uuid[]) made (id, tenant_id)`,
        [sourceIds, tenantIds, serviceName],
      );
      await client.query(
        `insert into webhook_source_secrets (id, tenant_id, source_id, secret_sealed)
         select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bytea[])`,
        [made.map(({ secretId }) => secretId), tenantIds, sourceIds, made.map(({ sealed }) => sealed)],
      );
    }
    await client.query("vacuum analyze tenants");
    await client.query("vacuum analyze webhook_sources");
    await client.query("vacuum analyze webhook_source_secrets");
  });
}
