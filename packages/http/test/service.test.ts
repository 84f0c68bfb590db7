import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { atEnd } from "@condo/testing";
import { buildService, type App, type HealthCheck } from "../src/index.ts";
import { captureLog, type LogLines } from "./app.ts";

let app: App;
let log: LogLines;

async function build(checks: Record<string, HealthCheck> = {}): Promise<App> {
  log = captureLog();
  const service = await buildService({
    name: "test",
    logger: log.logger,
    trustProxy: ["loopback"],
    checks,
    quietRoutes: ["/quiet"],
  });
  for (const url of ["/things/:id", "/quiet"]) {
    service.route({
      method: "GET",
      url,
      config: { access: "public" },
      handler: async (request) => ({ address: request.ip }),
    });
  }
  atEnd(() => service.close());
  return service;
}

before(async () => {
  app = await build();
});

suite("X-Request-ID", () => {
  test("is made where none is given, a new one each time", async () => {
    const ids = [];
    for (let turn = 0; turn < 2; turn++) ids.push((await app.inject("/things/1")).headers["x-request-id"]);
    assert.match(String(ids[0]), /^[0-9a-f-]{36}$/);
    assert.notEqual(ids[0], ids[1]);
  });

  test("is echoed, and logged", async () => {
    const id = "req-1.2:3_A";
    const answer = await app.inject({ url: "/things/1", headers: { "x-request-id": id } });
    assert.equal(answer.headers["x-request-id"], id);
    assert.ok(log.lines().some((line) => line["request_id"] === id && line["route"] === "/things/:id"));
  });

  test("is replaced where it is malformed", async () => {
    for (const id of ["", "a b", "a".repeat(65), "é", '"', "a;b", "<script>", "a,b"]) {
      const answer = await app.inject({ url: "/things/1", headers: { "x-request-id": id } });
      assert.match(String(answer.headers["x-request-id"]), /^[0-9a-f-]{36}$/, id);
    }
  });

  test("stands on an unknown route, and on a URL that can't be decoded", async () => {
    for (const url of ["/nowhere", "/things/%zz"]) {
      const answer = await app.inject({ url, headers: { "x-request-id": "mine" } });
      assert.equal(answer.headers["x-request-id"], "mine", url);
    }
  });
});

suite("routes", () => {
  test("answer with a trailing slash too", async () => {
    assert.equal((await app.inject("/things/1")).statusCode, 200);
    assert.equal((await app.inject("/things/1/")).statusCode, 200);
  });

  test("carry security headers", async () => {
    const { headers } = await app.inject("/things/1");
    assert.match(String(headers["content-security-policy"]), /default-src 'none'/);
    assert.doesNotMatch(String(headers["content-security-policy"]), /upgrade-insecure-requests/);
    assert.equal(headers["x-content-type-options"], "nosniff");
  });

  test("are documented as OpenAPI 3.1", async () => {
    const answer = await app.inject("/openapi.json");
    assert.equal(answer.statusCode, 200, `${answer.body} ${log.text()}`);
    const document = answer.json<{ openapi: string; paths: object }>();
    assert.match(document.openapi, /^3\.1/);
    assert.ok("/things/{id}" in document.paths);
    assert.ok(!("/health/live" in document.paths));
  });

  test("believe X-Forwarded-For of a trusted proxy alone", async () => {
    const headers = { "x-forwarded-for": "203.0.113.9" };
    const near = await app.inject({ url: "/things/1", headers });
    assert.equal(near.json<{ address: string }>().address, "203.0.113.9");
    const far = await app.inject({ url: "/things/1", headers, remoteAddress: "198.51.100.7" });
    assert.equal(far.json<{ address: string }>().address, "198.51.100.7");
  });
});

suite("the address of a caller", () => {
  const addresses: [forwarded: string, address: string, socket?: string][] = [
    ["203.0.113.9", "203.0.113.9"],
    ["203.0.113.9:55", "203.0.113.9"],
    ["2001:db8::1", "2001:db8::1"],
    ["[2001:db8::1]", "2001:db8::1"],
    ["[2001:db8::1]:55", "2001:db8::1"],
    ["fe80::1%eth0", "fe80::1"],
    ["[fe80::1%eth0]:55", "fe80::1"],
    ["::ffff:203.0.113.9", "::ffff:203.0.113.9"],
    ["203.0.113.9, foo", "127.0.0.1"],
    ["foo, 127.0.0.2", "127.0.0.2"],
    ["foo", "127.0.0.1"],
    ["unknown", "127.0.0.1"],
    ["203.0.113.9:", "127.0.0.1"],
    ["203.0.113.999:55", "127.0.0.1"],
    ["1%eth0", "127.0.0.1"],
    ["[", "127.0.0.1"],
    [" , ,", "127.0.0.1"],
    ["foo", "fe80::2", "fe80::2%eth0"],
  ];

  test("is one that can be stored, whatever a proxy calls it", async () => {
    for (const [forwarded, address, socket = "127.0.0.1"] of addresses) {
      const answer = await app.inject({
        url: "/things/1",
        headers: { "x-forwarded-for": forwarded },
        remoteAddress: socket,
      });
      assert.equal(answer.json<{ address: string }>().address, address, forwarded);
    }
  });
});

suite("the request log", () => {
  test("has a line a request, without its query and body; quiet routes at debug", async () => {
    const id = "logged";
    await app.inject({ url: "/things/1?token=hidden", headers: { "x-request-id": id, cookie: "hidden" } });
    const line = log.lines().find((entry) => entry["request_id"] === id);
    assert.equal(line?.["level"], "info");
    assert.equal(line?.["method"], "GET");
    assert.equal(line?.["route"], "/things/:id");
    assert.equal(line?.["status"], 200);
    assert.equal(typeof line?.["duration_ms"], "number");
    assert.ok(!log.text().includes("hidden"));

    await app.inject({ url: "/quiet", headers: { "x-request-id": "quiet" } });
    assert.equal(log.lines().find((entry) => entry["request_id"] === "quiet")?.["level"], "debug");
  });

  test("says what pino's lines say besides, and of a path that is no route's that it is none", async () => {
    await app.inject({ method: "POST", url: "/nowhere", headers: { "x-request-id": "lost" } });
    const {
      time,
      duration_ms: _,
      ...line
    } = log.lines().find((entry) => entry["request_id"] === "lost") ?? {};
    assert.ok(Math.abs(Date.parse(String(time)) - Date.now()) < 60_000, String(time));
    assert.deepEqual(line, {
      level: "info",
      service: "test",
      request_id: "lost",
      method: "POST",
      route: null,
      status: 404,
      address: "127.0.0.1",
      msg: "request",
    });
  });

  test("keeps to one line, whatever a proxy calls an address", async () => {
    await app.inject({
      url: "/things/1",
      headers: { "x-request-id": "quoted", "x-forwarded-for": '"}{"level":"fatal\\' },
    });
    assert.equal(log.lines().find((entry) => entry["request_id"] === "quoted")?.["address"], "127.0.0.1");
  });
});

suite("health", () => {
  const ok = { check: async () => undefined, required: true };
  const fails = (required: boolean): HealthCheck => ({
    check: () => Promise.reject(new Error("password=hunter2")),
    required,
  });

  async function ready(service: App) {
    const answer = await service.inject("/health/ready");
    return { code: answer.statusCode, ...answer.json<{ status: string; checks: object }>() };
  }

  test("is ok when all answer", async () => {
    const service = await build({ postgres: ok });
    assert.deepEqual(await ready(service), {
      code: 200,
      status: "ok",
      service: "test",
      checks: { postgres: "ok" },
    });
  });

  test("is degraded without what it can do without, unavailable without what it can't", async () => {
    const degraded = await ready(await build({ postgres: ok, redis: fails(false) }));
    assert.deepEqual([degraded.code, degraded.status], [200, "degraded"]);
    const service = await build({ postgres: fails(true), redis: ok });
    const unavailable = await ready(service);
    assert.deepEqual([unavailable.code, unavailable.status], [503, "unavailable"]);
    assert.ok(!JSON.stringify(unavailable).includes("hunter2"));
    assert.equal((await service.inject("/health/live")).statusCode, 200, "a restart would not help");
  });

  test("a check that throws, or never answers, fails", async () => {
    const { checks } = await ready(
      await build({
        throws: {
          check: () => {
            throw new Error("at once");
          },
          required: false,
        },
        hangs: { check: () => new Promise(() => undefined), required: false },
      }),
    );
    assert.deepEqual(checks, { throws: "failing", hangs: "failing" });
  });

  test("is not ready while draining, but alive, and still serves", async () => {
    const service = await build({ postgres: ok });
    service.startDraining();
    const draining = await ready(service);
    assert.deepEqual([draining.code, draining.status], [503, "draining"]);
    assert.equal((await service.inject("/health/live")).statusCode, 200);
    assert.equal((await service.inject("/things/1")).statusCode, 200);
  });
});
