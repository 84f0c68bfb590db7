import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { before, suite, test } from "node:test";
import { newId, withPlatform, withTenant } from "@condo/schema";
import { createSealer } from "@condo/secrets";
import { atEnd, createTestDatabase, type TestDatabase } from "@condo/testing";
import type { LightMyRequestResponse } from "fastify";
import { z } from "zod";
import { idempotency, Problem, type App } from "../src/index.ts";
import { buildTestApp, changeSomething, createSigningKey, logIn, makeChange, type LoggedIn } from "./app.ts";

const key = createSigningKey();
const masterKey = randomBytes(32).toString("base64");
const sealer = createSealer(masterKey);
const secret = "only-its-caller-may-read-this";

let db: TestDatabase;
let app: App;
let ada: LoggedIn;
/** How often the handler did its work. */
let runs = 0;
let hold: { entered: () => void; until: Promise<void> } | undefined;

async function build(leaseMs?: number, beforeCommit?: () => Promise<void>): Promise<App> {
  const built = await buildTestApp({
    db: db.app,
    key,
    routes: (scope) => {
      void scope.register(idempotency, { db: db.app, sealer, ...(leaseMs === undefined ? {} : { leaseMs }) });
      void scope.register(async (inner: App) => {
        makeChange(inner, db.app, beforeCommit);
        inner.route({
          method: "POST",
          url: "/things",
          config: { access: "tenant:write", isConditional: true },
          schema: {
            body: z.strictObject({
              name: z.string(),
              status: z.int().optional(),
              changes: z.boolean().optional(),
            }),
          },
          handler: async (request, reply) => {
            runs += 1;
            const run = runs;
            if (hold) {
              hold.entered();
              await hold.until;
            }
            const { status, changes } = request.body;
            if (changes) await changeSomething(db.app, request);
            if (status !== undefined && status >= 400)
              throw new Problem(status, "asked_for", "As asked for.");
            return reply
              .code(201)
              .header("location", `/things/${run}`)
              .header("cache-control", "no-store")
              .send({ run, name: request.body.name, secret });
          },
        });
        inner.route({
          method: "DELETE",
          url: "/things/:id",
          config: { access: "authenticated" },
          handler: async (_request, reply) => {
            runs += 1;
            return reply.code(204).send();
          },
        });
        inner.route({
          method: "GET",
          url: "/things",
          config: { access: "tenant:read" },
          handler: async () => ({ run: ++runs }),
        });
      });
    },
  });
  return built;
}

before(async () => {
  db = await createTestDatabase();
  app = await build();
  ada = await logIn(db.app, key);
  atEnd(() => app.close());
});

/** Every key there is, past the policies of a tenant. */
function kept() {
  return withPlatform(db.platform, (trx) => trx.selectFrom("idempotency_keys").selectAll().execute());
}

function change(values: {
  status_code?: null;
  answer_sealed?: Buffer | null;
  lease_until?: Date;
  expires_at?: Date;
}): Promise<unknown> {
  return withPlatform(db.platform, (trx) => trx.updateTable("idempotency_keys").set(values).execute());
}

function post(
  idempotencyKey: string | undefined,
  body: object = { name: "a" },
  more: { by?: LoggedIn; to?: App; headers?: Record<string, string>; url?: string } = {},
): Promise<LightMyRequestResponse> {
  return (more.to ?? app).inject({
    method: "POST",
    url: more.url ?? "/things",
    headers: {
      authorization: `Bearer ${(more.by ?? ada).token}`,
      ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
      ...more.headers,
    },
    payload: body,
  });
}

function assertProblem(answer: LightMyRequestResponse, status: number, code: string): void {
  assert.equal(answer.statusCode, status, answer.body);
  assert.equal(answer.json<{ code: string }>().code, code);
  assert.match(String(answer.headers["content-type"]), /^application\/problem\+json/);
}

suite("Idempotency-Key", () => {
  test("gives the same request the same answer, and does the work once", async () => {
    const id = newId();
    const start = runs;
    const first = await post(id);
    assert.equal(first.statusCode, 201);
    assert.equal(first.headers["idempotency-replayed"], undefined);
    const second = await post(id);
    assert.equal(second.statusCode, 201);
    assert.equal(second.body, first.body);
    assert.equal(second.headers["idempotency-replayed"], "true");
    for (const name of ["location", "cache-control", "content-type"]) {
      assert.equal(second.headers[name], first.headers[name], name);
    }
    assert.notEqual(second.headers["x-request-id"], first.headers["x-request-id"]);
    assert.equal((await post(`"${id}"`)).body, first.body, "as a structured field too");
    assert.equal(runs, start + 1);
    await post(undefined);
    await post(undefined);
    assert.equal(runs, start + 3, "without a key nothing is kept");
  });

  test("survives a restart", async () => {
    const id = newId();
    const first = await post(id);
    const other = await build();
    const second = await post(id, undefined, { to: other });
    await other.close();
    assert.equal(second.body, first.body);
    assert.equal(second.headers["idempotency-replayed"], "true");
  });

  test("refuses the key for another body, path, query or condition", async () => {
    const id = newId();
    await post(id);
    const start = runs;
    assertProblem(await post(id, { name: "b" }), 422, "idempotency_key_reused");
    assertProblem(await post(id, { name: "a" }, { url: "/things?a=1" }), 422, "idempotency_key_reused");
    assertProblem(
      await post(id, { name: "a" }, { headers: { "if-match": '"1"' } }),
      422,
      "idempotency_key_reused",
    );
    const deleted = await app.inject({
      method: "DELETE",
      url: `/things/${id}`,
      headers: { authorization: `Bearer ${ada.token}`, "idempotency-key": id },
    });
    assertProblem(deleted, 422, "idempotency_key_reused");
    assert.equal(runs, start);
  });

  test("answers 409 while the first is at work, and does the work of many at once only once", async () => {
    const entered = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    hold = { entered: entered.resolve, until: release.promise };
    const id = newId();
    const start = runs;
    const all = Array.from({ length: 16 }, () => post(id));
    await entered.promise;
    const late = await post(id);
    assertProblem(late, 409, "idempotency_key_in_flight");
    assert.equal(late.headers["retry-after"], "1");
    // All others have been answered before the one at work is let go.
    const settled = new Set<number>();
    const others = Promise.withResolvers<void>();
    for (const [turn, request] of all.entries()) {
      void request.then(() => {
        settled.add(turn);
        if (settled.size === 15) others.resolve();
      });
    }
    await others.promise;
    release.resolve();
    hold = undefined;
    const statuses = (await Promise.all(all)).map((answer) => answer.statusCode);
    assert.equal(statuses.filter((status) => status === 201).length, 1);
    assert.equal(statuses.filter((status) => status === 409).length, 15);
    assert.equal(runs, start + 1);
    assert.equal((await post(id)).headers["idempotency-replayed"], "true");
  });

  test("lets the same request take over a claim that was left behind, after the lease", async () => {
    const id = newId();
    await post(id);
    const abandon = (leaseUntil: number) =>
      change({ status_code: null, answer_sealed: null, lease_until: new Date(leaseUntil) });
    await abandon(Date.now() + 60_000);
    assertProblem(await post(id), 409, "idempotency_key_in_flight");
    await abandon(Date.now() - 1_000);
    assertProblem(await post(id, { name: "other" }), 422, "idempotency_key_reused");
    const start = runs;
    assert.equal((await post(id)).statusCode, 201);
    assert.equal(runs, start + 1);
    assert.equal((await post(id)).headers["idempotency-replayed"], "true");
  });

  test("does not let one that comes late write over the answer of who took its place", async () => {
    const quick = await build(1_000);
    const entered = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    hold = { entered: entered.resolve, until: release.promise };
    const id = newId();
    const slow = post(id, undefined, { to: quick });
    await entered.promise;
    hold = undefined;
    await change({ lease_until: new Date(0) });
    const second = await post(id, undefined, { to: quick });
    assert.equal(second.statusCode, 201);
    release.resolve();
    assert.notEqual((await slow).body, second.body);
    assert.equal((await post(id)).body, second.body);
    await quick.close();
  });

  test("keeps what the caller did wrong, not what the service failed at", async () => {
    const [wrong, failed] = [newId(), newId()];
    const start = runs;
    const first = await post(wrong, { name: "a", status: 404 });
    const again = await post(wrong, { name: "a", status: 404 });
    assertProblem(again, 404, "asked_for");
    assert.equal(again.body, first.body);
    assert.equal(runs, start + 1);
    for (const status of [500, 503, 429]) {
      assert.equal((await post(failed, { name: "a", status })).statusCode, status);
      assert.equal((await post(failed, { name: "a", status })).headers["idempotency-replayed"], undefined);
    }
    assert.equal(runs, start + 7);
  });

  test("is not spent by a request that was refused before its work", async () => {
    const id = newId();
    assert.equal((await post(id, { name: 1 })).statusCode, 422);
    const reader = await logIn(db.app, key, "readonly");
    assert.equal((await post(id, { name: "a" }, { by: reader })).statusCode, 403);
    assert.equal((await post(id)).statusCode, 201);
  });

  test("is its caller's own: neither another tenant nor another user meets it", async () => {
    const id = newId();
    const mine = await post(id);
    const stranger = await logIn(db.app, key);
    const theirs = await post(id, undefined, { by: stranger });
    assert.equal(theirs.headers["idempotency-replayed"], undefined);
    assert.notEqual(theirs.body, mine.body);

    const colleague = await logIn(db.app, key, "tenant_admin", ada.tenant);
    const hers = await post(id, undefined, { by: colleague });
    assert.equal(hers.headers["idempotency-replayed"], undefined);
    assert.notEqual(hers.body, mine.body);
  });

  test("stores no answer that can be read, moved to another row, or guessed from its fingerprint", async () => {
    const id = newId();
    await post(id, { name: "not-to-be-read" });
    for (const row of await kept()) {
      const text = `${JSON.stringify(row)}${String(row.answer_sealed?.toString("latin1"))}`;
      assert.ok(!text.includes(secret) && !text.includes("not-to-be-read") && !text.includes(id));
    }
    const stranger = await logIn(db.app, key);
    await post(id, { name: "not-to-be-read" }, { by: stranger });
    const mine = (await kept()).find((row) => row.tenant_id === ada.tenant.id && row.answer_sealed);
    assert.ok(mine);
    await withTenant(db.app, stranger.tenant.id, (trx) =>
      trx.updateTable("idempotency_keys").set({ answer_sealed: mine.answer_sealed }).execute(),
    );
    assert.equal(
      (await post(id, { name: "not-to-be-read" }, { by: stranger })).statusCode,
      500,
      "an answer of another row does not open",
    );
  });

  test("ends after its time", async () => {
    const id = newId();
    await post(id);
    await change({ expires_at: new Date(Date.now() - 1_000) });
    const start = runs;
    const later = await post(id, { name: "b" });
    assert.equal(later.statusCode, 201);
    assert.equal(runs, start + 1);
  });

  test("is looked at on changes alone, with a body or without one", async () => {
    const id = newId();
    const headers = { authorization: `Bearer ${ada.token}`, "idempotency-key": id };
    const start = runs;
    await app.inject({ method: "GET", url: "/things", headers });
    await app.inject({ method: "GET", url: "/things", headers });
    assert.equal(runs, start + 2);
    const remove = () => app.inject({ method: "DELETE", url: "/things/1", headers });
    assert.equal((await remove()).statusCode, 204);
    const again = await remove();
    assert.equal(again.statusCode, 204);
    assert.equal(again.body, "");
    assert.equal(again.headers["idempotency-replayed"], "true");
    assert.equal(runs, start + 3);
  });

  test("is refused when it is no key", async () => {
    for (const bad of ["", " ", "a b", "a,b", '"', "é", "x".repeat(256), `"${"x".repeat(256)}"`]) {
      assertProblem(await post(bad), 400, "idempotency_key_malformed");
    }
  });

  test("leaves no claim behind, whatever the answer", async () => {
    await withPlatform(db.platform, (trx) => trx.deleteFrom("idempotency_keys").execute());
    for (const status of [undefined, 404, 409, 500]) await post(newId(), { name: "a", status });
    assert.deepEqual(new Set((await kept()).map((row) => row.status_code)), new Set([201, 404, 409]));
  });
});

suite("a change under a key", () => {
  const changes = (by: LoggedIn) =>
    withTenant(db.app, by.tenant.id, (trx) =>
      trx.selectFrom("audit_logs").selectAll().where("action", "=", "thing.changed").execute(),
    );
  const send = (id: string, by: LoggedIn, to = app) =>
    to.inject({
      method: "POST",
      url: "/changes",
      headers: { authorization: `Bearer ${by.token}`, "idempotency-key": id },
    });

  /** Sends a request to a process that is killed at it. */
  async function sendToDie(id: string, by: LoggedIn, at: "changed" | "committed"): Promise<void> {
    const service = spawn(process.execPath, [join(import.meta.dirname, "dies-unanswered.ts")], {
      env: {
        ...process.env,
        DATABASE_URL: db.appUrl,
        MASTER_KEY: masterKey,
        JWK: JSON.stringify(key.jwk),
        KILL_AT: at,
      },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exited = once(service, "exit");
    const [origin] = (await once(service.stdout, "data")) as [Buffer];
    const headers = { authorization: `Bearer ${by.token}`, "idempotency-key": id };
    await assert.rejects(fetch(`${String(origin).trim()}/changes`, { method: "POST", headers }));
    assert.deepEqual(await exited, [null, "SIGKILL"]);
  }

  test("is not made again after a crash between its commit and its answer", async () => {
    const [id, by] = [newId(), await logIn(db.app, key)];
    await sendToDie(id, by, "committed");
    assert.equal((await changes(by)).length, 1);
    assertProblem(await send(id, by), 409, "idempotency_key_in_flight");
    await change({ lease_until: new Date(0) });
    for (let turn = 0; turn < 2; turn++) {
      assertProblem(await send(id, by), 409, "idempotency_outcome_unknown");
    }
    assert.equal((await changes(by)).length, 1);
    assert.equal((await send(newId(), by)).statusCode, 200, "under a new key it is");
    assert.equal((await changes(by)).length, 2);
  });

  test("is made after a crash before its commit", async () => {
    const [id, by] = [newId(), await logIn(db.app, key)];
    await sendToDie(id, by, "changed");
    assert.equal((await changes(by)).length, 0);
    await change({ lease_until: new Date(0) });
    assert.equal((await send(id, by)).statusCode, 200);
    assert.equal((await changes(by)).length, 1);
  });

  test("is rolled back when its like has taken its place meanwhile", async () => {
    const [id, by] = [newId(), await logIn(db.app, key)];
    const entered = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const slow = await build(undefined, async () => {
      entered.resolve();
      await release.promise;
    });
    const late = send(id, by, slow);
    await entered.promise;
    await change({ lease_until: new Date(0) });
    assert.equal((await send(id, by)).statusCode, 200);
    release.resolve();
    assertProblem(await late, 409, "idempotency_key_in_flight");
    assert.equal((await changes(by)).length, 1);
    assert.equal((await send(id, by)).headers["idempotency-replayed"], "true");
    await slow.close();
  });

  test("is not made again when the service failed after it", async () => {
    const [id, by] = [newId(), await logIn(db.app, key)];
    const send = () => post(id, { name: "a", status: 500, changes: true }, { by });
    assert.equal((await send()).statusCode, 500);
    assertProblem(await send(), 409, "idempotency_key_in_flight");
    await change({ lease_until: new Date(0) });
    assertProblem(await send(), 409, "idempotency_outcome_unknown");
    assert.equal((await changes(by)).length, 1);
  });
});

test("the API's document tells of Idempotency-Key where it is taken", async () => {
  const answer = await app.inject("/openapi.json");
  const { paths } = answer.json<{
    paths: Record<string, Record<string, { parameters?: { $ref?: string }[] }>>;
  }>();
  const named = (path: string, method: string) =>
    paths[path]?.[method]?.parameters?.some(
      ({ $ref }) => $ref === "#/components/parameters/IdempotencyKey",
    ) === true;
  assert.ok(named("/things", "post") && named("/things/{id}", "delete"));
  assert.ok(!named("/things", "get"));
});
