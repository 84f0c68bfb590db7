import { Redis } from "ioredis";
import type { Figure } from "../../figure.ts";
import type { RequestPlan } from "../../load/requests.ts";
import { startFloor } from "../../machine/floor-process.ts";
import { createSource, registerTenant } from "../../tenant.ts";
import { compareThroughput } from "../throughput.ts";

const serviceName = "bench";
const bodyBytes = 1_024;

/** P1: how many webhooks one process of webhook-ingest accepts. */
export const accept: Figure = {
  id: "P1",
  title: "accepting webhooks",
  seconds: { full: 45, quick: 3 },
  async take(bench) {
    const fleet = await bench.fleet();
    const { "webhook-ingest": ingest, worker } = fleet.services;
    const tenant = await registerTenant(fleet.origin);
    const secret = await createSource(tenant, serviceName);
    const floor = await startFloor(new URL("./floor.ts", import.meta.url), { SECRET: secret });
    const planOf = (url: string): RequestPlan => ({
      kind: "webhook",
      url: `${url}/webhooks/${serviceName}`,
      headers: { "x-tenant-id": tenant.slug },
      signing: { scheme: "standard-webhooks", secret },
      size: bodyBytes,
    });
    const redis = new Redis(fleet.redisUrl);
    // What is accepted waits in the stream, unrecorded: recording and delivering are other figures.
    await worker.stop();
    try {
      const { floorValue, ...taken } = await compareThroughput(bench, {
        floor: { pid: floor.pid, plan: planOf(floor.ready["url"] ?? "") },
        condo: { pid: ingest.pid ?? 0, plan: planOf(`${ingest.url}/api/v1`) },
        connections: 64,
        status: 202,
        preparedPerSecond: 30_000,
        tidy: async () => void (await redis.flushdb()),
      });
      return [
        {
          ...taken,
          what: "accepted by one process: verified, deduplicated, fsynced",
          floor: {
            name: "bare Fastify: body parse, HMAC, no storage",
            value: floorValue,
            unit: "req/s",
            isLeast: true,
          },
          unit: "×",
          goal: { atLeast: 0.6 },
          how: "closed loop, 64 connections, 1 KiB bodies, signed ahead, straight to the process, worker stopped",
        },
      ];
    } finally {
      redis.disconnect();
      await floor.stop();
      await worker.start();
    }
  },
};
