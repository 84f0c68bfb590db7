import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { eventually } from "@condo/testing";
import { startEndpoint, startInstallation } from "./installation.ts";

suite("a worker that is told to end", () => {
  test("one after another, under load: nothing is lost, and nothing is sent twice", async () => {
    const installation = await startInstallation();
    const workers = [await installation.startWorker(), await installation.startWorker()];
    const tenant = await installation.createTenant();
    const endpoint = await startEndpoint();
    endpoint.answer = (_, response) => void setTimeout(() => response.end(), 10);
    const id = await tenant.createDestination({ url: endpoint.url });
    let accepted = 0;
    const over = new AbortController();
    const load = (async () => {
      while (!over.signal.aborted) {
        await installation.accept(Array.from({ length: 20 }, () => tenant.event({ n: accepted++ })));
      }
    })();
    for (const worker of workers) {
      const before = endpoint.requests.length;
      await eventually("deliveries flow", async () => endpoint.requests.length > before + 200);
      await installation.startWorker();
      await worker.close();
    }
    over.abort();
    await load;
    await eventually(
      "all are delivered",
      async () =>
        (await tenant.deliveries(id)).filter(({ status }) => status === "delivered").length === accepted,
      30_000,
    );
    const times = Map.groupBy(endpoint.requests, ({ headers }) => String(headers["webhook-id"]));
    assert.equal(times.size, accepted);
    assert.equal(endpoint.requests.length, accepted, "sent twice");
  });

  test("records at once what would have waited for others", async () => {
    const installation = await startInstallation();
    const worker = await installation.startWorker({ DELIVERY_GATHER_MS: "60000" });
    const tenant = await installation.createTenant();
    const endpoint = await startEndpoint();
    const id = await tenant.createDestination({ url: endpoint.url });
    for (const n of [1, 2]) {
      await installation.accept([tenant.event({ n })]);
      await eventually("it is sent", async () => endpoint.requests.length === n);
    }
    const closed = worker.close();
    await eventually("both are recorded", async () =>
      (await tenant.deliveries(id)).every(({ status }) => status === "delivered"),
    );
    await closed;
  });

  test("hands back what does not end in time, with no attempt spent, for another to send at once", async () => {
    const installation = await startInstallation();
    const patient = { DELIVERY_TIMEOUT_MS: "60000", CLOSE_TIMEOUT_MS: "300" };
    const worker = await installation.startWorker(patient);
    const tenant = await installation.createTenant();
    const endpoint = await startEndpoint();
    endpoint.answer = () => undefined;
    const id = await tenant.createDestination({ url: endpoint.url });
    await installation.accept(Array.from({ length: 100 }, (_, n) => tenant.event({ n })));
    await eventually("it hangs", async () => endpoint.requests.length === 50);
    await worker.close();
    const left = await tenant.deliveries(id);
    assert.equal(left.length, 100);
    assert.deepEqual(
      left.filter(
        ({ status, attempts, lease_until: until }) => status !== "pending" || attempts > 0 || until !== null,
      ),
      [],
    );
    assert.deepEqual(await installation.db.platform.selectFrom("circuit_breakers").selectAll().execute(), []);
    endpoint.answer = (_, response) => response.end();
    await installation.startWorker(patient);
    await eventually("another sends them", async () =>
      (await tenant.deliveries(id)).every(({ status, attempts }) => status === "delivered" && attempts === 1),
    );
  });
});
