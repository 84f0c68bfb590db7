import assert from "node:assert/strict";
import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { suite, test } from "node:test";
import { connect, newId, withTenant } from "@condo/schema";
import { atEnd } from "@condo/testing";
import { createKeySet } from "../src/index.ts";
import {
  buildTestApp,
  captureLog,
  createSigningKey,
  logIn,
  makeChange,
  signToken,
  type LoggedIn,
} from "./app.ts";
import { assertProblem, assertUnauthenticated, authenticatedApp } from "./authenticated-app.ts";

const setting = authenticatedApp();
const { key, get } = setting;

suite("a session that may not act any more", () => {
  const ends: Record<string, (user: LoggedIn) => Promise<unknown>> = {
    "was ended": (user) =>
      user.change((trx) => trx.updateTable("sessions").set({ ended_at: new Date() }).execute()),
    "has expired": (user) =>
      user.change((trx) => trx.updateTable("sessions").set({ expires_at: new Date() }).execute()),
    "was deleted": (user) => user.change((trx) => trx.deleteFrom("sessions").execute()),
    "is of an inactive user": (user) =>
      user.change((trx) => trx.updateTable("users").set({ is_active: false }).execute()),
    "is of a deleted user": (user) => user.change((trx) => trx.deleteFrom("users").execute()),
    "is of a suspended tenant": (user) =>
      user.change((trx) => trx.updateTable("tenants").set({ status: "suspended" }).execute()),
  };
  for (const [name, end] of Object.entries(ends)) {
    test(`${name}: the very next request is refused`, async () => {
      const user = await logIn(setting.db.app, key);
      for (let turn = 0; turn < 3; turn++) {
        assert.equal((await get("/me", `Bearer ${user.token}`)).statusCode, 200);
      }
      await end(user);
      assertUnauthenticated(await get("/me", `Bearer ${user.token}`), "session_ended");
    });
  }

  test("changes nothing by a request whose body comes after its end", async () => {
    const user = await logIn(setting.db.app, key);
    const known = Promise.withResolvers<void>();
    const service = await buildTestApp({
      db: setting.db.app,
      key,
      routes(app) {
        app.addHook("preParsing", async () => known.resolve());
        makeChange(app, setting.db.app);
      },
    });
    atEnd(() => service.close());
    const asking = request(`${await service.listen({ host: "127.0.0.1", port: 0 })}/changes`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${user.token}`,
        "content-type": "application/json",
        "content-length": 2,
      },
    });
    asking.flushHeaders();
    await known.promise;
    await user.change((trx) => trx.updateTable("sessions").set({ ended_at: new Date() }).execute());
    asking.end("{}");
    const [answer] = (await once(asking, "response")) as [IncomingMessage];
    assert.equal(answer.statusCode, 401);
    assert.equal((JSON.parse(await text(answer)) as { code: string }).code, "session_ended");
    const changes = await withTenant(setting.db.app, user.tenant.id, (trx) =>
      trx.selectFrom("audit_logs").select("id").execute(),
    );
    assert.deepEqual(changes, []);
  });

  test("another's session does not do for a token", async () => {
    const other = await logIn(setting.db.app, key);
    for (const claims of [
      { sid: other.sessionId },
      { sub: other.userId },
      { tid: other.tenant.id },
      { sid: newId() },
      { sid: other.sessionId, sub: other.userId },
    ]) {
      const token = signToken(key, { ...setting.caller.claims, ...claims });
      assertUnauthenticated(await get("/me", `Bearer ${token}`), "session_ended");
    }
  });

  test("many sessions at once are told apart", async () => {
    const users = await Promise.all(Array.from({ length: 20 }, () => logIn(setting.db.app, key)));
    await Promise.all(
      users.flatMap((user) =>
        Array.from({ length: 5 }, async () => {
          const answer = await get("/me", `Bearer ${user.token}`);
          assert.equal(answer.json<{ userId: string }>().userId, user.userId);
        }),
      ),
    );
  });
});

suite("when what authentication needs is away", () => {
  test("Postgres: 503 with Retry-After, and the log says why", async () => {
    const log = captureLog();
    const away = connect("postgres://condo_app:secret-password@127.0.0.1:1/condo");
    const orphan = await buildTestApp({ db: away, key, log });
    const answer = await orphan.inject({
      url: "/me",
      headers: { authorization: `Bearer ${setting.caller.token}` },
    });
    assertProblem(answer, 503, "dependency_unavailable");
    assert.ok(Number(answer.headers["retry-after"]) > 0);
    assert.ok(!answer.body.includes("ECONNREFUSED"));
    assert.match(log.text(), /ECONNREFUSED/);
    assert.ok(!log.text().includes("secret-password"));
    assert.ok(!log.text().includes(setting.caller.token));
    await orphan.close();
    await away.destroy();
  });

  test("the keys: 503 with Retry-After, and not 401", async () => {
    const keys = createKeySet(() => Promise.reject(new Error("identity-api is away")));
    const orphan = await buildTestApp({ db: setting.db.app, key, keys });
    for (let turn = 0; turn < 3; turn++) {
      const answer = await orphan.inject({
        url: "/me",
        headers: { authorization: `Bearer ${setting.caller.token}` },
      });
      assertProblem(answer, 503, "keys_unavailable");
      assert.ok(Number(answer.headers["retry-after"]) > 0);
    }
    await orphan.close();
  });

  test("a key that was withdrawn does not do any more, though its token was remembered", async () => {
    let published = [key.jwk];
    const keys = createKeySet(async () => published);
    const service = await buildTestApp({ db: setting.db.app, key, keys });
    const ask = () =>
      service.inject({ url: "/me", headers: { authorization: `Bearer ${setting.caller.token}` } });
    assert.equal((await ask()).statusCode, 200);
    published = [createSigningKey().jwk];
    await keys.refresh();
    assertUnauthenticated(await ask());
    await service.close();
  });
});
