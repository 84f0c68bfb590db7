import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { eventually } from "@condo/testing";
import { startEndpoint, startInstallation, type Installation } from "./installation.ts";

/** Workers share limits once each has counted the others, which it does twice a second. */
async function knowOfEachOther({ redis }: Installation, workers: number): Promise<void> {
  const countsOf = async () => {
    const reads = await redis.info("commandstats");
    return Number(/cmdstat_zrange:calls=(\d+)/.exec(reads)?.[1] ?? 0);
  };
  await eventually("all are known", async () => (await redis.zcard("condo:heartbeats:worker")) === workers);
  const before = await countsOf();
  // Of so many counts in a row, one at least was each worker's.
  await eventually("each has counted", async () => (await countsOf()) >= before + 4 * workers);
}

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
    // A lane's window, and the batch of the drain that may come on top; and what is under way.
    assert.ok(leased.length <= 3 * (512 + 500) + 40, `${leased.length} in hand`);
    assert.ok(waiting.flat().every(({ status }) => status === "pending"));
  });

  test("large bodies that wait for a hanging endpoint keep nobody else's out", async () => {
    const installation = await startInstallation();
    await installation.startWorker({ DELIVERY_TIMEOUT_MS: "60000" });
    const [flooder, other] = [await installation.createTenant(), await installation.createTenant()];
    const hanging = await startEndpoint();
    hanging.answer = () => undefined;
    const endpoint = await startEndpoint();
    await flooder.createDestination({ url: hanging.url, max_in_flight: 5 });
    const id = await other.createDestination({ url: endpoint.url });
    const body = Buffer.alloc(512 * 1024, "x");
    await installation.accept(Array.from({ length: 150 }, (_, n) => flooder.event({ n }, { body })));
    await eventually("the endpoint hangs", async () => hanging.requests.length === 5);
    await eventually("the intake is empty", async () => (await installation.redis.xlen("{intake:0}")) === 0);
    await installation.accept(Array.from({ length: 20 }, (_, n) => other.event({ n })));
    await eventually(
      "the other tenant is served",
      async () => (await other.deliveries(id)).filter(({ status }) => status === "delivered").length === 20,
    );
  });

  test("first attempts take turns with retries that are due, however many", async () => {
    const installation = await startInstallation();
    const tenant = await installation.createTenant();
    const endpoint = await startEndpoint();
    const old = new Set(Array.from({ length: 600 }, (_, n) => JSON.stringify({ old: n })));
    const tried: string[] = [];
    endpoint.answer = ({ body }, response) => {
      tried.push(body);
      setTimeout(() => response.writeHead(old.has(body) ? 400 : 200).end(), 5);
    };
    const id = await tenant.createDestination({ url: endpoint.url });
    await installation.startWorker({ DELIVERY_SCHEDULE_MS: Array.from({ length: 99 }, () => "1").join(",") });
    await installation.accept([...old].map((body) => tenant.event(JSON.parse(body))));
    await eventually(
      "retries fill the lane",
      async () => new Set(tried).size === 600 && tried.length > 1_000,
    );
    const before = tried.length;
    await installation.accept(Array.from({ length: 20 }, (_, n) => tenant.event({ fresh: n })));
    await eventually(
      "the new ones are delivered",
      async () => (await tenant.deliveries(id)).filter(({ status }) => status === "delivered").length === 20,
    );
    const since = tried.slice(before);
    const first = since.findIndex((body) => !old.has(body));
    const last = since.findLastIndex((body) => !old.has(body));
    assert.ok(last - first <= 100, `${last - first} requests for 20 first attempts`);
  });

  const limits: [of: string, env: Record<string, string>, destination: object][] = [
    ["a destination's", {}, { max_per_second: 20 }],
    ["a tenant's", { TENANT_PER_SECOND: "20" }, {}],
  ];
  for (const [of, env, limit] of limits) {
    test(`two workers together keep ${of} limit of requests a second`, async () => {
      const installation = await startInstallation();
      const workers = [await installation.startWorker(env), await installation.startWorker(env)];
      const [tenant, other] = [await installation.createTenant(), await installation.createTenant()];
      const endpoints = [await startEndpoint(), await startEndpoint()];
      for (const { url } of endpoints) await tenant.createDestination({ url, ...limit });
      const free = await startEndpoint();
      await other.createDestination({ url: free.url });
      await knowOfEachOther(installation, workers.length);
      const begun = performance.now();
      const events = of === "a tenant's" ? 30 : 60;
      await installation.accept(Array.from({ length: events }, (_, n) => tenant.event({ n })));
      await installation.accept(Array.from({ length: 20 }, (_, n) => other.event({ n })));
      await eventually("the other tenant is served", async () => free.requests.length === 20);
      const limited = () => endpoints.map(({ requests }) => requests.length);
      await eventually("all are delivered", async () => limited().every((count) => count === events), 20_000);
      // Of 60 the first 20 go at once, and the others in two seconds, at least.
      const took = performance.now() - begun;
      assert.ok(took > 1_900, `60 requests at 20 a second took ${took} ms`);
      for (const worker of workers) await worker.close();
    });
  }

  test("two workers together keep a destination's limit of requests under way", async () => {
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
    const id = await tenant.createDestination({ url: endpoint.url, max_in_flight: 3 });
    await knowOfEachOther(installation, workers.length);
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
