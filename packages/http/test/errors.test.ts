import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectSocket } from "node:net";
import { before, suite, test } from "node:test";
import { connect, withPlatform, TenantBusy } from "@condo/schema";
import {
  atEnd,
  createTestDatabase,
  createTestTenant,
  startTestRedis,
  type TestDatabase,
} from "@condo/testing";
import type { InjectOptions, LightMyRequestResponse } from "fastify";
import { Redis } from "ioredis";
import { z } from "zod";
import { Problem, type App } from "../src/index.ts";
import { buildTestApp, captureLog, createSigningKey, type LogLines } from "./app.ts";

const secret = "4111-1111-1111-1111";

let db: TestDatabase;
let app: App;
let log: LogLines;
let thrown: () => unknown = () => new Error("nothing set");

before(async () => {
  db = await createTestDatabase();
  log = captureLog();
  app = await buildTestApp({
    db: db.app,
    key: createSigningKey(),
    log,
    routes: (routes) => {
      const body = z.object({ name: z.string().min(1), tags: z.array(z.string()).optional() });
      routes.route({
        method: "POST",
        url: "/echo",
        config: { access: "public" },
        schema: { body, querystring: z.object({ limit: z.coerce.number().int().optional() }) },
        handler: async (request) => request.body,
      });
      routes.route({
        method: "GET",
        url: "/by-id/:id",
        config: { access: "public" },
        handler: async (request) => request.params,
      });
      routes.route({
        method: "GET",
        url: "/throw",
        config: { access: "public" },
        handler: async () => {
          throw thrown();
        },
      });
      routes.route({
        method: "GET",
        url: "/untrue",
        config: { access: "public" },
        schema: { response: { 200: z.object({ count: z.number() }) } },
        handler: async () => ({ count: secret }) as unknown as { count: number },
      });
      routes.route({
        method: "POST",
        url: "/store",
        config: { access: "public" },
        schema: { body },
        handler: async (request) =>
          withPlatform(db.platform, (trx) =>
            trx.updateTable("tenants").set({ name: request.body.name }).where("slug", "=", "x").execute(),
          ),
      });
    },
  });
  atEnd(() => app.close());
});

interface Answered {
  status: number;
  code: string;
  detail: string;
  errors: { path: string; message: string }[];
}

function problemOf(answer: LightMyRequestResponse): Answered {
  assert.match(String(answer.headers["content-type"]), /^application\/problem\+json/, answer.body);
  const body = answer.json<Answered & { type: string; title: string; instance: string }>();
  assert.equal(body.status, answer.statusCode);
  assert.equal(body.type, `urn:condo:problem:${body.code}`);
  assert.ok(body.title);
  assert.equal(body.instance, `urn:condo:request:${String(answer.headers["x-request-id"])}`);
  return body;
}

const json = { "content-type": "application/json" };
const post = (payload: string | Buffer, headers: Record<string, string> = json) =>
  app.inject({ method: "POST", url: "/echo", headers, payload });

/** Of so many levels, the object's included. */
const nested = (levels: number) => `{"name":"a","rest":${"[".repeat(levels - 1)}${"]".repeat(levels - 1)}}`;

suite("what the caller did wrong", () => {
  const cases: Record<string, [request: InjectOptions, status: number, code: string]> = {
    "malformed JSON": [{ payload: `{"name":` }, 400, "malformed_body"],
    "a body that is not JSON": [{ payload: "\0\xff" }, 400, "malformed_body"],
    "an empty body": [{ payload: "" }, 400, "malformed_body"],
    "no body and no type": [{ headers: {} }, 422, "validation_failed"],
    "a body without a type": [
      { payload: `{"name":"a"}`, headers: { "content-type": "" } },
      415,
      "unsupported_media_type",
    ],
    "another type": [
      { payload: "<name/>", headers: { "content-type": "application/xml" } },
      415,
      "unsupported_media_type",
    ],
    "too large a body": [{ payload: JSON.stringify({ name: "a".repeat(1_000) }) }, 413, "body_too_large"],
    "a __proto__": [{ payload: `{"name":"a","__proto__":{"admin":true}}` }, 400, "malformed_body"],
    "a constructor.prototype": [
      { payload: `{"name":"a","constructor":{"prototype":{"admin":true}}}` },
      400,
      "malformed_body",
    ],
    "a body that is too deep": [{ payload: nested(101) }, 422, "body_too_deep"],
    "a body that is too deep, of objects": [
      { payload: `${'{"a":'.repeat(101)}1${"}".repeat(101)}` },
      422,
      "body_too_deep",
    ],
    "a body that opens much and closes nothing": [{ payload: "[".repeat(900) }, 422, "body_too_deep"],
    null: [{ payload: "null" }, 422, "validation_failed"],
    "a list": [{ payload: "[]" }, 422, "validation_failed"],
    "a wrong query": [{ url: "/echo?limit=many", payload: `{"name":"a"}` }, 422, "validation_failed"],
    "an unknown route": [{ url: "/nowhere", payload: "{}" }, 404, "route_not_found"],
    "an unknown method": [{ method: "DELETE", payload: "{}" }, 404, "route_not_found"],
    "a URL that can't be decoded": [{ method: "GET", url: "/by-id/%zz" }, 400, "malformed_url"],
    "a parameter that is too long": [
      { method: "GET", url: `/by-id/${"a".repeat(200)}` },
      414,
      "malformed_url",
    ],
    "a NUL in a stored string": [
      { url: "/store", payload: JSON.stringify({ name: "a\0b" }) },
      422,
      "invalid_characters",
    ],
    "half a character": [{ payload: String.raw`{"name":"a\ud800b"}` }, 422, "invalid_characters"],
    "half a character, deep": [
      { payload: String.raw`{"name":"a","tags":["\\ud800","\udc00"]}` },
      422,
      "invalid_characters",
    ],
    "a body of another encoding": [
      { payload: Buffer.from(`{"name":"J\xfcrgen"}`, "latin1") },
      400,
      "malformed_body",
    ],
  };
  for (const [name, [request, status, code]] of Object.entries(cases)) {
    test(`${name}: ${status} ${code}`, async () => {
      const answer = await app.inject({ method: "POST", url: "/echo", headers: json, ...request });
      const problem = problemOf(answer);
      assert.equal(problem.status, status, answer.body);
      assert.equal(problem.code, code);
      assert.ok(problem.detail);
    });
  }

  test("each wrong field is named", async () => {
    const { errors } = problemOf(await post(JSON.stringify({ name: "", tags: ["a", 7] })));
    assert.deepEqual(errors.map((error) => error.path).toSorted(), ["body.name", "body.tags.1"]);
    assert.ok(errors.every((error) => error.message));
  });

  test("what is right passes", async () => {
    assert.deepEqual((await post(`{"name":"é"}`)).json(), { name: "é" });
    for (const payload of [
      nested(100),
      `{"name":"a","rest":[${"[],{},".repeat(120)}1]}`,
      JSON.stringify({ name: "a", rest: '"\\'.concat("[{".repeat(120), '\\"') }),
    ]) {
      const answer = await post(payload);
      assert.equal(answer.statusCode, 200, answer.body);
    }
    assert.deepEqual((await post(String.raw`{"name":"\ud83d\ude00 \\ud800"}`)).json(), {
      name: "😀 \\ud800",
    });
  });

  test("what is no HTTP is answered, and the socket closed", async () => {
    const origin = new URL(await app.listen({ host: "127.0.0.1", port: 0 }));
    const socket = connectSocket(Number(origin.port), "127.0.0.1");
    let answer = "";
    socket.on("data", (chunk) => (answer += String(chunk)));
    socket.write("rubbish\r\n\r\n");
    await once(socket, "close");
    assert.match(answer, /^HTTP\/1\.1 400 /);
    assert.match(answer, /application\/problem\+json/);
    assert.match(answer, /"code":"malformed_request"/);
  });
});

suite("what we did wrong", () => {
  async function answerTo(what: () => unknown): Promise<LightMyRequestResponse> {
    thrown = what;
    return app.inject({ url: "/throw" });
  }

  test("an unexpected error says nothing to the caller, and all to the log", async () => {
    const answer = await answerTo(() => new Error(`boom ${secret}`, { cause: new Error("the reason") }));
    const problem = problemOf(answer);
    assert.equal(problem.status, 500);
    assert.equal(problem.code, "internal_error");
    assert.doesNotMatch(answer.body, /boom|4111-1111|\.ts|reason/);
    const line = log.lines().find((entry) => entry["request_id"] === answer.headers["x-request-id"]);
    assert.ok(line);
    const { message, stack } = line["err"] as { message: string; stack: string };
    assert.match(message, /boom/);
    assert.match(message, /the reason/);
    assert.match(stack, /errors\.test\.ts/);
  });

  const odd: Record<string, () => unknown> = {
    "a text": () => `boom ${secret}`,
    null: () => null,
    undefined: () => undefined,
    "a number": () => 7,
    "an object": () => ({ statusCode: 418, message: secret }),
    "an error that is its own cause": () => {
      const error = new Error(`boom ${secret}`);
      error.cause = error;
      return error;
    },
    "an error with a status of 5xx": () => Object.assign(new Error(secret), { statusCode: 502 }),
  };
  for (const [name, make] of Object.entries(odd)) {
    test(`${name} that is thrown is a bare 500`, async () => {
      const answer = await answerTo(make);
      assert.equal(answer.statusCode, 500, answer.body);
      assert.ok(!answer.body.includes(secret));
      assert.equal(problemOf(answer).code, "internal_error");
    });
  }

  test("an answer that is not as documented is a bare 500", async () => {
    const answer = await app.inject({ url: "/untrue" });
    assert.equal(problemOf(answer).code, "internal_error");
    assert.ok(!answer.body.includes(secret));
  });

  test("a problem is answered with its headers, and its cause is logged alone", async () => {
    const answer = await answerTo(
      () =>
        new Problem(503, "busy", "Come back later.", {
          headers: { "retry-after": "7" },
          cause: new Error("queue is full"),
        }),
    );
    assert.equal(problemOf(answer).detail, "Come back later.");
    assert.equal(answer.headers["retry-after"], "7");
    assert.ok(!answer.body.includes("queue"));
    assert.match(log.text(), /queue is full/);
  });

  test("the detail of a Postgres error is neither answered nor logged", async () => {
    const tenant = await createTestTenant(db.app, `card-${secret}`);
    // Postgres keeps it from roles that row level security applies to, which a mistaken grant may change.
    const superuser = connect(db.superuserUrl);
    const error = await superuser
      .insertInto("tenants")
      .values({ id: tenant.id, slug: "other", name: secret, domain: null })
      .execute()
      .catch((caught: unknown) => caught);
    await superuser.destroy();
    assert.match(
      String((error as { detail?: string }).detail),
      new RegExp(tenant.id),
      "Postgres gives a detail",
    );
    const answer = await answerTo(() => error);
    assert.equal(problemOf(answer).code, "internal_error");
    assert.ok(!answer.body.includes(tenant.id));
    assert.ok(!log.text().includes(tenant.id));
    assert.match(log.text(), /tenants_pkey/, "what helps is logged");
    assert.match(log.text(), /23505/);
  });

  test("a tenant whose own reads take all that it may have is told so, by a 503", async () => {
    const answer = await answerTo(() => new TenantBusy("its reads"));
    assert.equal(answer.statusCode, 503);
    assert.equal(problemOf(answer).code, "tenant_busy");
    assert.equal(answer.headers["retry-after"], "2");
  });

  for (const [what, setting, code] of [
    ["a statement that Postgres gave up on", "options=-c%20statement_timeout%3D20", "database_unavailable"],
    ["a Postgres that says nothing", "query_timeout=20", "dependency_unavailable"],
  ] as const) {
    test(`${what} is a 503`, async () => {
      const impatient = connect(`${db.platformUrl}?${setting}`);
      const error = await impatient
        .selectNoFrom((eb) => eb.fn("pg_sleep", [eb.val(5)]).as("slept"))
        .execute()
        .catch((caught: unknown) => caught);
      await impatient.destroy();
      const answer = await answerTo(() => error);
      assert.equal(problemOf(answer).code, code);
      assert.ok(Number(answer.headers["retry-after"]) > 0);
    });
  }

  test("a Redis that is away, silent, or takes nothing, is a 503", async () => {
    const engine = await startTestRedis();
    const redis = new Redis(engine.url);
    await redis.config("SET", "maxmemory", "1");
    const full = await redis.set("a", "b").catch((caught: unknown) => caught);
    const hasty = new Redis(engine.url, { commandTimeout: 20 });
    await hasty.client("PAUSE", 10_000, "ALL");
    const silent = await hasty.get("a").catch((caught: unknown) => caught);
    hasty.disconnect();
    redis.disconnect();
    const closed = await redis.get("a").catch((caught: unknown) => caught);
    const impatient = new Redis({
      port: 1,
      enableOfflineQueue: false,
      lazyConnect: true,
      retryStrategy: null,
    });
    const offline = await impatient.get("a").catch((caught: unknown) => caught);
    impatient.disconnect();
    for (const error of [full, silent, closed, offline]) {
      assert.ok(error instanceof Error);
      const answer = await answerTo(() => error);
      assert.equal(problemOf(answer).code, "dependency_unavailable", error.message);
      assert.ok(Number(answer.headers["retry-after"]) > 0);
    }
  });
});
