import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { createLogger, createMetrics } from "@condo/http";
import { recordEvents } from "@condo/intake";
import { connectRedis, type RedisConnection } from "@condo/redis";
import { withPlatform } from "@condo/schema";
import { eventually } from "@condo/testing";
import { createDelivering } from "../src/delivering.ts";
import { createWorkerMetrics } from "../src/worker-metrics.ts";
import { startEndpoint, startInstallation, type Installation, type Tenant } from "./installation.ts";

suite("the dispatcher", () => {
  let installation: Installation;
  let tenant: Tenant;
  let delivering: ReturnType<typeof createDelivering>;
  let close: () => Promise<void>;

  before(async () => {
    installation = await startInstallation();
    tenant = await installation.createTenant();
    const connections: RedisConnection[] = [];
    const open = () => {
      const connection = connectRedis(installation.redisUrl, { waits: true, onError: () => undefined });
      connections.push(connection);
      return connection;
    };
    delivering = createDelivering(installation.configOf(), {
      db: installation.db.platform,
      redis: open(),
      connectRedis: open,
      instance: "this one",
      metrics: createWorkerMetrics(createMetrics("worker")),
      tracing: undefined,
      logger: createLogger("worker", "silent"),
    });
    const closing = new AbortController();
    const { loops, stopHearing } = await delivering.start(closing.signal);
    close = async () => {
      closing.abort();
      await Promise.all([...loops, stopHearing(), delivering.finish()]);
      await delivering.close();
      for (const connection of connections) connection.disconnect();
    };
  });
  after(() => close());

  test("keeps destinations that are switched off out of the drain, not those that are gone", async () => {
    const endpoint = await startEndpoint();
    const [off, gone] = [
      await tenant.createDestination({ url: endpoint.url }),
      await tenant.createDestination({ url: endpoint.url }),
    ];
    const events = [tenant.event({})];
    const deliveries = await withPlatform(installation.db.platform, async (trx) => {
      const recorded = await recordEvents(trx, events);
      const change = (id: string) => trx.updateTable("webhook_destinations").where("id", "=", id);
      await change(off).set({ is_active: false }).execute();
      await change(gone).set({ deleted_at: new Date() }).execute();
      return recorded.deliveries;
    });
    delivering.taker.take(deliveries, events, performance.now());
    await eventually(
      "what waits is discarded",
      async () => (await tenant.deliveries(gone))[0]?.status === "discarded",
    );
    const keptOut = await eventually("the other is known", async () => {
      const ids = delivering.taker.leaseFor(events)?.exceptDestinations ?? [];
      return ids.includes(off) && ids;
    });
    assert.deepEqual(keptOut, [off]);
  });

  test("forgets a destination with a limit a second once that has rested", async () => {
    const endpoint = await startEndpoint();
    const other = await installation.createTenant();
    await other.createDestination({ url: endpoint.url, max_per_second: 5 });
    const events = [other.event({})];
    const { deliveries } = await withPlatform(installation.db.platform, (trx) => recordEvents(trx, events));
    delivering.taker.take(deliveries, events, performance.now());
    await eventually("it is sent", async () => endpoint.requests.length === 1);
    await eventually("it is forgotten", async () => delivering.counts().lanes === 0);
  });
});
