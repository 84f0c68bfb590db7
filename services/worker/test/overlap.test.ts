import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { suite, test } from "node:test";
import { atEnd, eventually } from "@condo/testing";
import { startInstallation } from "./installation.ts";

/** Never answers, or never ends its answer; counts how many requests of one event it has at once. */
async function startSlowEndpoint(isAnswering: boolean) {
  const underWay = new Map<string, number>();
  const seen = { requests: 0, mostAtOnce: 0, url: "" };
  const server = createServer((request, response) => {
    const id = String(request.headers["webhook-id"]);
    const count = (underWay.get(id) ?? 0) + 1;
    underWay.set(id, count);
    seen.requests++;
    seen.mostAtOnce = Math.max(seen.mostAtOnce, count);
    response.once("close", () => underWay.set(id, (underWay.get(id) ?? 1) - 1));
    if (isAnswering) response.writeHead(500).write("and so on");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  atEnd(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  seen.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return seen;
}

suite("attempts of one delivery", () => {
  test("never overlap, with several workers and an endpoint that is slower than it may be", async () => {
    const installation = await startInstallation();
    const env = {
      DELIVERY_TIMEOUT_MS: "1500",
      DELIVERY_BODY_TIMEOUT_MS: "1500",
      DELIVERY_SCHEDULE_MS: "1,1",
      BREAKER_FAILURES: "1000",
      BREAKER_MIN_ATTEMPTS: "1000",
    };
    for (let count = 0; count < 3; count++) await installation.startWorker(env);
    const tenant = await installation.createTenant();
    const endpoints = [await startSlowEndpoint(false), await startSlowEndpoint(true)];
    const ids = await Promise.all(endpoints.map(({ url }) => tenant.createDestination({ url })));
    await installation.accept(Array.from({ length: 20 }, (_, n) => tenant.event({ n })));
    await eventually("all attempts are made", async () => {
      const rows = await Promise.all(ids.map((id) => tenant.deliveries(id)));
      return rows.flat().length === 40 && rows.flat().every(({ status }) => status === "dead");
    });
    for (const { requests, mostAtOnce } of endpoints) {
      assert.equal(requests, 60);
      assert.equal(mostAtOnce, 1);
    }
  });
});
