import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { newId, withPlatform, withTenant } from "@condo/schema";
import { eventually } from "@condo/testing";
import { sql } from "kysely";
import { assertProblem, password, startPeople, type Caller, type People } from "./people.ts";

const limit = 5;
const newSecret = "another long password";

let people: People;
let admin: Caller;
before(async () => {
  people = await startPeople({ LOCKOUT_FAILURES: String(limit), ADDRESS_FAILURES: "100000" });
  admin = await people.registerTenant();
});

const attempt = (email: string, given: string, tenantId = admin.tenantId, remoteAddress = "127.0.0.1") =>
  people.app.inject({
    method: "POST",
    url: "/api/v1/auth/login",
    headers: { "x-tenant-id": tenantId },
    payload: { email, password: given },
    remoteAddress,
  });

async function fail(email: string, times: number, tenantId = admin.tenantId): Promise<void> {
  for (let index = 0; index < times; index++)
    assertProblem(await attempt(email, "wrong", tenantId), 401, "invalid_credentials");
}

const mayLogIn = async (email: string, tenantId = admin.tenantId) =>
  (await attempt(email, password, tenantId)).statusCode === 200;

/** Lets time pass for the locks of a tenant. */
async function age(tenantId: string, seconds: number): Promise<void> {
  await withTenant(people.db.app, tenantId, (trx) =>
    sql`update login_attempts set locked_until = locked_until - make_interval(secs => ${seconds}),
          last_attempt_at = last_attempt_at - make_interval(secs => ${seconds})`.execute(trx),
  );
}

const reasons = async (tenantId: string) =>
  (await people.audited(tenantId, "login.failed")).map((entry) => (entry.after as { reason: string }).reason);

suite("an account", () => {
  test("is locked by a number of failures in a row, and not by one less", async () => {
    const user = await people.addUser(admin);
    await fail(user.email, limit - 1);
    assert.ok(await mayLogIn(user.email));
    await fail(user.email, limit - 1);
    assert.ok(await mayLogIn(user.email), "a success begins the count anew");
    await fail(user.email, limit);
    assert.ok(!(await mayLogIn(user.email)));
    assert.equal((await people.send(user, "GET", "/auth/me")).statusCode, 200, "sessions go on");
  });

  test("has no more guesses checked than that, though 50 come at once", async () => {
    const tenant = await people.registerTenant();
    const user = await people.addUser(tenant);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => attempt(user.email, `guess ${index}`, tenant.tenantId)),
    );
    for (const answer of answers) assertProblem(answer, 401, "invalid_credentials");
    const checked = (await reasons(tenant.tenantId)).filter((reason) => reason === "wrong_password");
    assert.equal(checked.length, limit);
    assert.ok(!(await mayLogIn(user.email, tenant.tenantId)));
  });

  test("lets somebody in who logs in rightly many times at once", async () => {
    const user = await people.addUser(admin);
    const answers = await Promise.all(Array.from({ length: 20 }, () => attempt(user.email, password)));
    assert.deepEqual(new Set(answers.map((answer) => answer.statusCode)), new Set([200]));
  });

  test("is unlocked by time alone, and locked for longer each time", async () => {
    const tenant = await people.registerTenant();
    const user = await people.addUser(tenant);
    const lockedFor = async () => {
      const { rows } = await withTenant(people.db.app, tenant.tenantId, (trx) =>
        sql<{ seconds: number }>`
          select extract(epoch from locked_until - now())::float8 as seconds from login_attempts
          where locked_until > now()`.execute(trx),
      );
      return rows[0]?.seconds ?? 0;
    };
    for (const seconds of [60, 120, 240]) {
      await fail(user.email, limit, tenant.tenantId);
      assert.ok(Math.abs((await lockedFor()) - seconds) < 15, String(await lockedFor()));
      await fail(user.email, 1, tenant.tenantId);
      assert.ok((await lockedFor()) <= seconds, "attempts meanwhile make it no longer");
      await age(tenant.tenantId, seconds);
    }
    assert.ok(await mayLogIn(user.email, tenant.tenantId));
    await fail(user.email, limit, tenant.tenantId);
    assert.ok(Math.abs((await lockedFor()) - 60) < 15, "a success begins the delays anew");
  });

  test("that is locked in one tenant is open in another, under the same address", async () => {
    const elsewhere = await people.registerTenant();
    const email = `${newId()}@example.com`;
    await people.addUser(admin, { email });
    await people.addUser(elsewhere, { email });
    await fail(email, limit);
    assert.ok(!(await mayLogIn(email)));
    assert.ok(await mayLogIn(email, elsewhere.tenantId));
  });

  test("is unlocked by an admin of the tenant, and nobody else", async () => {
    const [user, peer, stranger] = [
      await people.addUser(admin),
      await people.addUser(admin),
      await people.registerTenant(),
    ];
    await fail(user.email, limit);
    assertProblem(await people.send(peer, "POST", `/users/${user.id}/unlock`), 403, "permission_denied");
    assertProblem(await people.send(stranger, "POST", `/users/${user.id}/unlock`), 404, "not_found");
    assert.ok(!(await mayLogIn(user.email)));
    assert.equal((await people.send(admin, "POST", `/users/${user.id}/unlock`)).statusCode, 204);
    assert.ok(await mayLogIn(user.email));
    const ofUser = (await people.audited(admin.tenantId, "login.unlocked")).filter(
      (entry) => entry.subject_id === user.id,
    );
    assert.equal(ofUser.length, 1);
    assert.equal(ofUser[0]?.actor_id, admin.id);
    assert.equal((await people.send(admin, "POST", `/users/${user.id}/unlock`)).statusCode, 204);
  });

  test("leaves a trace of its failures and locks", async () => {
    const tenant = await people.registerTenant();
    const user = await people.addUser(tenant);
    await fail(user.email, limit + 1, tenant.tenantId);
    await attempt("nobody@example.com", "wrong", tenant.tenantId);
    assert.deepEqual(await reasons(tenant.tenantId), [
      ...Array.from({ length: limit }, () => "wrong_password"),
      "locked",
      "unknown_user",
    ]);
    const [failed] = await people.audited(tenant.tenantId, "login.failed");
    assert.equal(failed?.subject_id, user.id);
    assert.ok(failed?.address && failed.request_id);
    assert.equal((await people.audited(tenant.tenantId, "login.locked")).length, 1);
    const [locked] = await people.emitted(tenant.tenantId, "login.locked");
    assert.ok(locked);
    assert.equal((locked.data as { user_id: string }).user_id, user.id);
    assert.equal((await people.emitted(tenant.tenantId, "login.failed")).length, limit + 2);
  });
});

suite("a change of password", () => {
  const change = (caller: Caller, fields: object) =>
    people.send(caller, "POST", "/users/change-password", {
      current_password: password,
      new_password: newSecret,
      ...fields,
    });

  test("needs the current one, and ends other sessions", async () => {
    const user = await people.addUser(admin);
    const second = await people.logIn(user.email, admin.tenantId);
    assertProblem(await change(user, { current_password: "wrong" }), 403, "wrong_password");
    assert.equal((await change(user, {})).statusCode, 204);
    assert.equal((await people.send(user, "GET", "/auth/me")).statusCode, 200);
    assertProblem(await people.send(second, "GET", "/auth/me"), 401, "session_ended");
    assertProblem(
      await people.send(null, "POST", "/auth/refresh", { refresh_token: second.refreshToken }),
      401,
      "invalid_refresh_token",
    );
    assert.ok(!(await mayLogIn(user.email)));
    assert.equal((await attempt(user.email, newSecret)).statusCode, 200);
    const [changed] = await people.audited(admin.tenantId, "user.password_changed");
    assert.equal(changed?.actor_id, user.id);
    assert.doesNotMatch(JSON.stringify(changed), /argon2|password"/);
  });

  test("leaves other sessions where it is asked to", async () => {
    const user = await people.addUser(admin);
    const second = await people.logIn(user.email, admin.tenantId);
    assert.equal((await change(user, { end_other_sessions: false })).statusCode, 204);
    assert.equal((await people.send(second, "GET", "/auth/me")).statusCode, 200);
  });

  test("refuses a new password that is weak or the old one, and fields it does not know", async () => {
    const user = await people.addUser(admin);
    const refused: object[] = [
      { new_password: "seven77" },
      { new_password: "password123" },
      { new_password: password },
      { user_id: admin.id },
    ];
    for (const fields of refused) assertProblem(await change(user, fields), 422, "validation_failed");
    assert.ok(await mayLogIn(user.email));
  });

  test("counts wrong guesses with those of logins, and is locked with them", async () => {
    const user = await people.addUser(admin);
    await fail(user.email, 2);
    for (let index = 0; index < limit - 3; index++)
      assertProblem(await change(user, { current_password: "wrong" }), 403, "wrong_password");
    const last = await change(user, { current_password: "wrong" });
    assertProblem(last, 429, "account_locked");
    assert.ok(Number(last.headers["retry-after"]) > 0);
    assertProblem(await change(user, {}), 429, "account_locked");
    assert.ok(!(await mayLogIn(user.email)));
  });
});

suite("an address", () => {
  test("has to wait after many failures over all accounts, with Redis away too; an IPv6 one by its /64", async () => {
    const strict = await startPeople({ ADDRESS_FAILURES: "4", REDIS_URL: "redis://127.0.0.1:1" });
    const own = await strict.registerTenant();
    const from = (remoteAddress: string, given: string, email: string = newId()) =>
      strict.app.inject({
        method: "POST",
        url: "/api/v1/auth/login",
        headers: { "x-tenant-id": own.tenantId },
        payload: { email: email.includes("@") ? email : `${email}@example.com`, password: given },
        remoteAddress,
      });
    const ways = [
      ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1"],
      ["192.0.2.7", "::ffff:192.0.2.7", "::ffff:192.0.2.8"],
    ] as const;
    for (const [address, same, other] of ways) {
      for (let index = 0; index < 4; index++)
        assertProblem(await from(address, "wrong"), 401, "invalid_credentials");
      const refused = await from(same, password, own.email);
      assertProblem(refused, 429, "too_many_failures");
      assert.ok(Number(refused.headers["retry-after"]) > 0);
      assert.equal((await from(other, password, own.email)).statusCode, 200);
    }
    await withPlatform(strict.db.platform, (trx) =>
      sql`update address_failures set window_ends_at = now()`.execute(trx),
    );
    await eventually(
      "the wait is over",
      async () => (await from("192.0.2.7", password, own.email)).statusCode === 200,
    );
  });
});
