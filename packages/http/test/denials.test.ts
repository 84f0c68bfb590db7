import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { withTenant } from "@condo/schema";
import { atEnd, createTestDatabase, type TestDatabase } from "@condo/testing";
import { denials } from "../src/plugins/denials.ts";
import type { App } from "../src/index.ts";
import { buildTestApp, captureLog, createSigningKey, logIn, type LoggedIn } from "./app.ts";

const key = createSigningKey();
let db: TestDatabase;
let app: App;
before(async () => {
  db = await createTestDatabase();
  app = await buildTestApp({ db: db.app, key });
  atEnd(() => app.close());
});

function denied(who: LoggedIn) {
  return withTenant(db.app, who.tenant.id, (trx) =>
    trx.selectFrom("audit_logs").selectAll().where("action", "=", "access.denied").orderBy("id").execute(),
  );
}

const get = (who: LoggedIn, url: string, headers: Record<string, string> = {}, to = app) =>
  to.inject({ method: "GET", url, headers: { authorization: `Bearer ${who.token}`, ...headers } });

suite("denials", () => {
  test("of a permission and of another tenant are in the audit log when they are answered", async () => {
    const reader = await logIn(db.app, key, "readonly");
    const answer = await get(reader, "/writing?token=not-kept", { "x-request-id": "request-1" });
    assert.equal(answer.statusCode, 403);
    await get(reader, "/reading", { "x-tenant-id": "another" });
    const [first, second, ...more] = await denied(reader);
    assert.deepEqual(more, []);
    assert.equal(first?.actor_type, "user");
    assert.equal(first.actor_id, reader.userId);
    assert.equal(first.request_id, "request-1");
    assert.equal(first.address, "127.0.0.1");
    assert.equal(first.subject_id, "GET /writing");
    assert.deepEqual(first.after, { code: "permission_denied", path: "/writing" });
    assert.deepEqual(second?.after, { code: "tenant_mismatch", path: "/reading" });
  });

  test("are none where nothing was denied", async () => {
    const reader = await logIn(db.app, key, "readonly");
    await get(reader, "/reading");
    await get(reader, "/nowhere");
    assert.deepEqual(await denied(reader), []);
  });

  test("that flood in cost a few rows a minute and session; how many were not written is told", async () => {
    let now = 0;
    const [flooder, other] = [await logIn(db.app, key, "readonly"), await logIn(db.app, key, "readonly")];
    const clocked = await buildTestApp({
      db: db.app,
      key,
      routes: (scope) => void scope.register(denials, { db: db.app, now: () => now }),
    });
    // The service's own hook writes too, up to the same bound.
    const flood = async (times: number) => {
      for (let turn = 0; turn < times; turn++) await get(flooder, "/writing", {}, clocked);
      return (await denied(flooder)).length;
    };
    assert.equal(await flood(40), 20);
    await get(other, "/writing", {}, clocked);
    assert.equal((await denied(other)).length, 2, "another session is not affected");
    now += 60_000;
    assert.equal(await flood(1), 21);
    const last = (await denied(flooder)).at(-1);
    assert.deepEqual(last?.after, {
      code: "permission_denied",
      path: "/writing",
      unrecorded_before: 30,
    });
    await clocked.close();
  });

  test("are answered though they can't be recorded", async () => {
    const reader = await logIn(db.app, key, "readonly");
    const log = captureLog();
    const away = await buildTestApp({
      db: db.app,
      key,
      log,
      routes: (scope) => {
        // Fails as a database does that went away after the session was checked.
        scope.addHook("onError", async (request) => {
          if (request.identity) request.identity = { ...request.identity, tenantId: "gone" };
        });
      },
    });
    assert.equal((await get(reader, "/writing", {}, away)).statusCode, 403);
    await away.close();
  });
});
