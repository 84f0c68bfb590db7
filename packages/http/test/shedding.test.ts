import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { atEnd, eventually } from "@condo/testing";
import { buildService, createMetrics, type App } from "../src/index.ts";
import type { SheddingLimits } from "../src/plugins/shedding.ts";
import { captureLog } from "./app.ts";

async function build(settings: SheddingLimits): Promise<App> {
  const app = await buildService({
    name: "test",
    logger: captureLog().logger,
    trustProxy: ["loopback"],
    checks: {},
    metrics: createMetrics("test"),
    settings,
  });
  app.route({
    method: "GET",
    url: "/things",
    config: { access: "public" },
    handler: async () => ({ done: true }),
  });
  atEnd(() => app.close());
  await app.ready();
  return app;
}

async function untilStatus(app: App, status: number) {
  return eventually(`${status}`, async () => {
    const answer = await app.inject("/things");
    return answer.statusCode === status && answer;
  });
}

suite("shedding", () => {
  test("turns requests away while the heap is full; who looks at the service still sees it", async () => {
    const app = await build({ SHED_HEAP_SHARE: 0.000_1 });
    const { headers, body } = await untilStatus(app, 503);
    assert.equal(headers["retry-after"], "2");
    assert.equal(headers["content-type"], "application/problem+json; charset=utf-8");
    assert.equal(JSON.parse(body).code, "overloaded");
    for (const url of ["/health/live", "/health/ready", "/metrics"]) {
      assert.equal((await app.inject(url)).statusCode, 200, url);
    }
    const text = (await app.inject("/metrics")).body;
    assert.match(text, /^condo_http_requests_shed_total\{reason="heap",.*\} [1-9]/m);
  });

  test("turns requests away while the event loop is late, and takes them again when it is not", async () => {
    const app = await build({ SHED_EVENT_LOOP_DELAY_MS: 40 });
    assert.equal((await app.inject("/things")).statusCode, 200);
    const busy = setInterval(() => {
      const end = performance.now() + 150;
      while (performance.now() < end);
    }, 1);
    await untilStatus(app, 503).finally(() => clearInterval(busy));
    await untilStatus(app, 200);
  });

  test("without limits nothing is turned away", async () => {
    const app = await build({});
    const end = performance.now() + 1_200;
    while (performance.now() < end) assert.equal((await app.inject("/things")).statusCode, 200);
  });
});
