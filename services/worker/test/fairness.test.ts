import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { eventually } from "@condo/testing";
import { startEndpoint, startInstallation } from "./installation.ts";

suite("fairness", () => {
  test("a tenant with a hanging endpoint and a long backlog holds up nobody", async () => {
    const installation = await startInstallation();
    await installation.startWorker({
      DELIVERY_TIMEOUT_MS: "60000",
      TENANT_CONCURRENCY: "40",
      DELIVERY_CONCURRENCY: "60",
    });
    const [flooder, other] = [await installation.createTenant(), await installation.createTenant()];
    const hanging = await startEndpoint();
    hanging.answer = () => undefined;
    const endpoint = await startEndpoint();
    // Three destinations want more than the tenant, and more than the worker, may have under way.
    const ids = await Promise.all(
      [1, 2, 3].map(() => flooder.createDestination({ url: hanging.url, max_in_flight: 30 })),
    );
    const id = await other.createDestination({ url: endpoint.url });
    await installation.accept(Array.from({ length: 2_000 }, (_, n) => flooder.event({ n })));
    await eventually("the flooder has all it may have", async () => hanging.requests.length === 40);
    await installation.accept(Array.from({ length: 200 }, (_, n) => other.event({ n })));
    await eventually(
      "the other tenant is served",
      async () => (await other.deliveries(id)).filter(({ status }) => status === "delivered").length === 200,
    );
    assert.equal(hanging.requests.length, 40);
    const waiting = await Promise.all(ids.map((destination) => flooder.deliveries(destination)));
    const leased = waiting.flat().filter(({ lease_until: until }) => until !== null && until > new Date());
    assert.ok(leased.length < 3 * 800, `${leased.length} in hand`);
    assert.ok(waiting.flat().every(({ status }) => status === "pending"));
  });

  test("two workers together keep a destination's limit of requests under way, and of requests a second", async () => {
    const installation = await startInstallation();
    const workers = [await installation.startWorker(), await installation.startWorker()];
    const tenant = await installation.createTenant();
    const endpoint = await startEndpoint();
    let underWay = 0;
    let most = 0;
    endpoint.answer = (_, response) => {
      most = Math.max(most, ++underWay);
      setTimeout(() => {
        underWay--;
        response.end();
      }, 5);
    };
    // Each has to know of the other before the limit is shared.
    await eventually(
      "both workers are known",
      async () => (await installation.redis.zcard("condo:heartbeats:worker")) === 2,
    );
    const id = await tenant.createDestination({ url: endpoint.url, max_in_flight: 3 });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await installation.accept(Array.from({ length: 150 }, (_, n) => tenant.event({ n })));
    await eventually("all are delivered", async () => {
      const rows = await tenant.deliveries(id);
      return rows.length === 150 && rows.every(({ status }) => status === "delivered");
    });
    assert.ok(most <= 3, `${most} at once`);
    assert.equal(endpoint.requests.length, 150);
    for (const worker of workers) await worker.close();
  });
});
