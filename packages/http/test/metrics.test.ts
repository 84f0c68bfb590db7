import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { atEnd } from "@condo/testing";
import { freePort } from "@condo/engines";
import { buildService, createMetrics, type App, type HealthCheck, type Metrics } from "../src/index.ts";
import type { Scraping } from "../src/plugins/metrics.ts";
import { captureLog } from "./app.ts";

const token = "a token that Prometheus has";

async function build(options: {
  metrics?: Metrics;
  settings?: Scraping;
  checks?: Record<string, HealthCheck>;
}): Promise<App> {
  const app = await buildService({
    name: "test",
    logger: captureLog().logger,
    trustProxy: ["loopback"],
    checks: {},
    ...options,
  });
  app.route({
    method: "GET",
    url: "/things/:id",
    config: { access: "public" },
    handler: async (request, reply) => {
      request.heldMs = Number(request.headers["x-held-ms"] ?? 0);
      return reply.code(204).send();
    },
  });
  atEnd(() => app.close());
  await app.ready();
  return app;
}

async function scrape(app: App): Promise<string> {
  const answer = await app.inject("/metrics");
  assert.equal(answer.statusCode, 200, answer.body);
  assert.match(String(answer.headers["content-type"]), /^text\/plain; version=0\.0\.4/);
  return answer.body;
}

suite("requests", () => {
  test("are told by route, never by path, and by a method and status of a few", async () => {
    const app = await build({});
    await app.inject("/things/8f14e45f-ceea-467f-a8cd-1b5f9a0c7a11");
    await app.inject("/things/2");
    await app.inject({ method: "PROPFIND" as "GET", url: "/nowhere/at/all" });
    const text = await scrape(app);
    const count = /condo_http_request_duration_seconds_count\{(.*)\} (\d+)/g;
    const told = [...text.matchAll(count)].map(([, labels, value]) => `${labels} ${value}`);
    assert.deepEqual(told, [
      'component="test",route="/things/:id",method="GET",status="2xx" 2',
      'component="test",route="none",method="other",status="4xx" 1',
    ]);
    assert.ok(!/8f14e45f|nowhere/.test(text));
  });

  test("took no time while they were held back", async () => {
    const app = await build({});
    await app.inject({ url: "/things/1", headers: { "x-held-ms": "600000" } });
    assert.match(await scrape(app), /^condo_http_request_duration_seconds_bucket\{le="0.001".*\} 1$/m);
  });

  test("stand beside what the process and the build are", async () => {
    const text = await scrape(await build({}));
    for (const name of ["process_cpu_seconds_total", "nodejs_eventloop_lag_p99_seconds"]) {
      assert.match(text, new RegExp(`^${name}{component="test"} `, "m"));
    }
    assert.match(text, /^condo_build_info\{.*version="\d/m);
  });
});

test("a dependency that hangs is told to be down, not left out", { timeout: 10_000 }, async () => {
  const hung: HealthCheck = { check: () => new Promise(() => undefined), required: true };
  const text = await scrape(
    await build({ checks: { hung, well: { check: async () => 1, required: true } } }),
  );
  assert.match(text, /^condo_dependency_up\{dependency="hung",component="test"\} 0$/m);
  assert.match(text, /^condo_dependency_up\{dependency="well",component="test"\} 1$/m);
});

suite("a look", () => {
  const help = "Something";

  test("is taken when somebody scrapes, and says nothing of what it can't tell", async () => {
    const metrics = createMetrics("test");
    let answer: () => Promise<{ test_things: number }> = async () => ({ test_things: 7 });
    metrics.look({ test_things: { help } }, () => answer());
    assert.match(await metrics.text(), /^test_things\{component="test"\} 7$/m);
    answer = () => Promise.reject(new Error("away"));
    assert.doesNotMatch(await metrics.text(), /^test_things\{/m);
    answer = () => new Promise(() => undefined);
    const begun = performance.now();
    assert.doesNotMatch(await metrics.text(), /^test_things\{/m);
    assert.ok(performance.now() - begun < 10_000, "a scrape does not wait for ever");
  });

  test("that costs something serves scrapes of a moment, and those at once share one", async () => {
    const metrics = createMetrics("test");
    const looked = { dear: 0, cheap: 0 };
    metrics.look({ test_dear: { help } }, () => ({ test_dear: ++looked.dear }), 60_000);
    metrics.look({ test_cheap: { help } }, async () => ({ test_cheap: ++looked.cheap }));
    await Promise.all([metrics.text(), metrics.text()]);
    assert.deepEqual(looked, { dear: 1, cheap: 1 });
    await metrics.text();
    assert.deepEqual(looked, { dear: 1, cheap: 2 });
  });

  test("forgets the values of labels that are no more", async () => {
    const metrics = createMetrics("test");
    let states = ["open", "closed"];
    metrics.look({ test_states: { help, labels: ["state"] } }, () => ({
      test_states: states.map((state) => ({ labels: { state }, value: 1 })),
    }));
    assert.match(await metrics.text(), /state="open"/);
    states = ["closed"];
    assert.doesNotMatch(await metrics.text(), /state="open"/);
  });

  test("tells of each thing that the service needs", async () => {
    const works = { check: async () => undefined, required: true };
    const fails = { check: () => Promise.reject(new Error("away")), required: false };
    const text = await scrape(await build({ checks: { postgres: works, redis: fails } }));
    assert.match(text, /^condo_dependency_up\{dependency="postgres",.*\} 1$/m);
    assert.match(text, /^condo_dependency_up\{dependency="redis",.*\} 0$/m);
  });
});

suite("on the service's port", () => {
  const statusOf = async (app: App, headers: Record<string, string>, remoteAddress = "127.0.0.1") =>
    (await app.inject({ url: "/metrics", headers, remoteAddress })).statusCode;

  test("this machine may scrape, and who has the token; a gateway on this machine is not this machine", async () => {
    const app = await build({ settings: { METRICS_TOKEN: token } });
    const bearer = { authorization: `Bearer ${token}` };
    assert.equal(await statusOf(app, {}), 200);
    assert.equal(await statusOf(app, {}, "::1"), 200);
    assert.equal(await statusOf(app, {}, "::ffff:127.0.0.1"), 200);
    assert.equal(await statusOf(app, {}, "192.0.2.1"), 401);
    assert.equal(await statusOf(app, bearer, "192.0.2.1"), 200);
    assert.equal(await statusOf(app, { authorization: "Bearer wrong" }, "192.0.2.1"), 401);
    assert.equal(await statusOf(app, { "x-forwarded-for": "127.0.0.1" }), 401);
    assert.equal(await statusOf(app, { via: "1.1 gateway" }), 401);
  });

  test("without a token nobody else may, whatever they send", async () => {
    const app = await build({});
    assert.equal(await statusOf(app, { authorization: "Bearer " }, "192.0.2.1"), 401);
    assert.equal(await statusOf(app, { authorization: "Bearer undefined" }, "192.0.2.1"), 401);
  });
});

suite("on a port of its own", () => {
  test("whoever reaches it may scrape, and the service's port knows nothing of it", async () => {
    const port = await freePort();
    const app = await build({ settings: { METRICS_PORT: port, HOST: "127.0.0.1" } });
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
    assert.match(await answer.text(), /^condo_build_info/m);
    assert.equal((await fetch(`http://127.0.0.1:${port}/things/1`)).status, 404);
    assert.equal((await app.inject("/metrics")).statusCode, 404);
    await app.close();
    await assert.rejects(fetch(`http://127.0.0.1:${port}/metrics`));
  });

  test("a token that is set is asked for", async () => {
    const port = await freePort();
    await build({ settings: { METRICS_PORT: port, HOST: "127.0.0.1", METRICS_TOKEN: token } });
    const url = `http://127.0.0.1:${port}/metrics`;
    assert.equal((await fetch(url)).status, 401);
    assert.equal((await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status, 200);
  });

  test("one that is taken keeps the service from starting", async () => {
    const port = await freePort();
    await build({ settings: { METRICS_PORT: port, HOST: "127.0.0.1" } });
    await assert.rejects(build({ settings: { METRICS_PORT: port, HOST: "127.0.0.1" } }), /EADDRINUSE/);
  });
});
