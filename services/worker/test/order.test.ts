import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { eventually } from "@condo/testing";
import { startEndpoint, startInstallation } from "./installation.ts";

interface Body {
  key: string;
  n: number;
}

suite("order", () => {
  test("within a key one after another, whatever fails; a stuck key holds up no other", async () => {
    const installation = await startInstallation();
    const env = {
      DELIVERY_SCHEDULE_MS: Array.from({ length: 30 }, () => "300").join(","),
      BREAKER_FAILURES: "1000",
      BREAKER_MIN_ATTEMPTS: "10000",
    };
    await installation.startWorker(env);
    await installation.startWorker(env);
    const tenant = await installation.createTenant();
    const endpoint = await startEndpoint();
    const log: Body[] = [];
    let isStuck = true;
    endpoint.answer = (request, response) => {
      const body = JSON.parse(request.body) as Body;
      // Now and then one fails, and what is behind it has to wait.
      const isFirst = request.headers["condo-delivery-attempt"] === "1";
      const fails = body.key === "stuck" ? isStuck : body.n % 7 === 3 && isFirst;
      if (fails) response.writeHead(500);
      else log.push(body);
      setTimeout(() => response.end(), 2);
    };
    const id = await tenant.createDestination({ url: endpoint.url, order_key: "/key" });
    const keys = ["stuck", "a", "b", "c", "d", "e", "f", "g"];
    const perKey = 15;
    for (let n = 0; n < perKey; n++) {
      await installation.accept(keys.map((key) => tenant.event({ key, n })));
    }
    const others = (keys.length - 1) * perKey;
    await eventually("the other keys are through", async () => log.length >= others);
    assert.ok(!log.some(({ key }) => key === "stuck"));
    assert.equal(
      endpoint.requests.filter(
        ({ body }) => (JSON.parse(body) as Body).key === "stuck" && !body.includes('"n":0'),
      ).length,
      0,
      "what is behind the stuck one is not tried",
    );
    isStuck = false;
    await eventually("the stuck key goes on", async () => log.length >= others + perKey, 30_000);
    for (const key of keys) {
      assert.deepEqual(
        log.filter((body) => body.key === key).map(({ n }) => n),
        Array.from({ length: perKey }, (_, n) => n),
        `the order of ${key}`,
      );
    }
    assert.ok((await tenant.deliveries(id)).length === keys.length * perKey);
  });

  test("a dead letter lets the next of its key go", async () => {
    const installation = await startInstallation();
    await installation.startWorker();
    const tenant = await installation.createTenant();
    const endpoint = await startEndpoint();
    endpoint.answer = (request, response) => {
      if (request.body.includes('"n":0')) response.writeHead(400);
      response.end();
    };
    const id = await tenant.createDestination({ url: endpoint.url, order_key: "/key", retry_delays_ms: [] });
    for (let n = 0; n < 3; n++) await installation.accept([tenant.event({ key: "k", n })]);
    const statuses = await eventually("all are over", async () => {
      const rows = await tenant.deliveries(id);
      return (
        rows.length === 3 && rows.every(({ status }) => status !== "pending") && rows.map((row) => row.status)
      );
    });
    assert.deepEqual(statuses, ["dead", "delivered", "delivered"]);
  });
});
