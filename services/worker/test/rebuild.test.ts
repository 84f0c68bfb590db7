import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { eventually } from "@condo/testing";
import { startEndpoint, startInstallation } from "./installation.ts";

const events = 10_000;

suite("rebuild", () => {
  test(`Redis emptied in the middle of ${events} pending deliveries: each is delivered, and none twice`, async () => {
    const installation = await startInstallation();
    await installation.startWorker({ DELIVERY_SCHEDULE_MS: "500,500,500", BREAKER_FAILURES: "1000" });
    const tenant = await installation.createTenant();
    const endpoint = await startEndpoint();
    const failed = new Set<string>();
    const delivered = new Map<string, number>();
    endpoint.answer = (request, response) => {
      const id = String(request.headers["webhook-id"]);
      // Every tenth fails at first, so that jobs for retries are lost with Redis, too.
      if (request.body.endsWith("0}") && !failed.has(id)) {
        failed.add(id);
        response.writeHead(500).end();
        return;
      }
      delivered.set(id, (delivered.get(id) ?? 0) + 1);
      setTimeout(() => response.end(), 10);
    };
    const id = await tenant.createDestination({ url: endpoint.url });
    await installation.accept(Array.from({ length: events }, (_, n) => tenant.event({ n })));
    await eventually("all are recorded", async () => {
      const [row] = await installation.db.platform
        .selectFrom("webhook_deliveries")
        .select((eb) => eb.fn.countAll<string>().as("count"))
        .where("destination_id", "=", id)
        .execute();
      return Number(row?.count) === events;
    });
    const done = delivered.size;
    await installation.redis.flushall();
    assert.ok(done < events, "Redis was to be emptied in the middle");
    await eventually("all are delivered", async () => delivered.size === events, 60_000);
    assert.deepEqual(
      [...delivered.values()].filter((times) => times > 1),
      [],
    );
  });
});
