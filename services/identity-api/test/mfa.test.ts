import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { permissionsOf } from "@condo/http";
import { withTenant } from "@condo/schema";
import type { LightMyRequestResponse } from "fastify";
import { TOTP, URI } from "otpauth";
import { assertProblem, password, startPeople, type Caller, type People } from "./people.ts";

let people: People;
before(async () => {
  people = await startPeople();
});

interface MfaRequired {
  mfa_required: true;
  mfa_token: string;
  methods: string[];
  enrolment_required: boolean;
}

interface LoggedIn {
  access_token: string;
  refresh_token: string;
  recovery_codes?: string[];
}

/** An authenticator app on a clock that is turned by hand: a code is good once, and tests don't wait for the next. */
class AuthenticatorApp {
  readonly #totp: TOTP;
  #steps = -1;
  readonly #start = Date.now();

  constructor(url: string) {
    const totp = URI.parse(url);
    assert.ok(totp instanceof TOTP);
    this.#totp = totp;
  }

  /** A code that was not shown before; three in all, from the window of one step around now. */
  next(): string {
    assert.ok(this.#steps <= 1, "there are three codes in the window");
    return this.#totp.generate({ timestamp: this.#start + 30_000 * this.#steps++ });
  }

  /** A code that is right at no time near this one. */
  wrong(): string {
    const near = new Set(
      [-3, -2, -1, 0, 1, 2, 3].map((step) => this.#totp.generate({ timestamp: this.#start + 30_000 * step })),
    );
    const wrong = ["000000", "111111", "222222", "333333", "444444", "555555", "666666", "777777"];
    return wrong.find((code) => !near.has(code)) ?? "888888";
  }
}

function logIn(user: Caller): Promise<LightMyRequestResponse> {
  return people.send(
    null,
    "POST",
    "/auth/login",
    { email: user.email, password },
    { "x-tenant-id": user.tenantId },
  );
}

async function firstStep(user: Caller): Promise<MfaRequired> {
  const answer = await logIn(user);
  assert.equal(answer.statusCode, 200, answer.body);
  assert.equal(answer.headers["cache-control"], "no-store");
  const body = answer.json<MfaRequired>();
  assert.equal(body.mfa_required, true, answer.body);
  assert.ok(!("access_token" in body));
  return body;
}

const verify = (mfaToken: string, proof: object) =>
  people.send(null, "POST", "/auth/mfa/verify", { mfa_token: mfaToken, ...proof });

async function withTotp(): Promise<{ user: Caller; app: AuthenticatorApp; codes: string[] }> {
  const user = await people.registerTenant();
  const begun = await people.send(user, "POST", "/auth/mfa/totp");
  assert.equal(begun.statusCode, 200, begun.body);
  assert.equal(begun.headers["cache-control"], "no-store");
  const app = new AuthenticatorApp(begun.json<{ otpauth_url: string }>().otpauth_url);
  const confirmed = await people.send(user, "POST", "/auth/mfa/totp/confirm", { totp_code: app.next() });
  assert.equal(confirmed.statusCode, 200, confirmed.body);
  return { user, app, codes: confirmed.json<{ recovery_codes: string[] }>().recovery_codes };
}

const statusesOf = (answers: { statusCode: number }[]) =>
  answers.map((answer) => answer.statusCode).sort((one, other) => one - other);

suite("an authenticator app", () => {
  test("protects nothing until a code of it was shown", async () => {
    const user = await people.registerTenant();
    const begun = await people.send(user, "POST", "/auth/mfa/totp");
    const app = new AuthenticatorApp(begun.json<{ otpauth_url: string }>().otpauth_url);
    assert.equal((await logIn(user)).json<LoggedIn>().access_token.split(".").length, 3);
    assertProblem(
      await people.send(user, "POST", "/auth/mfa/totp/confirm", { totp_code: app.wrong() }),
      401,
      "invalid_code",
    );
    const again = await people.send(user, "POST", "/auth/mfa/totp");
    assert.notEqual(again.body, begun.body);
    assertProblem(
      await people.send(user, "POST", "/auth/mfa/totp/confirm", { totp_code: app.next() }),
      401,
      "invalid_code",
    );
    assert.equal((await logIn(user)).json<LoggedIn>().access_token.split(".").length, 3);
  });

  test("is asked for at login, and its code opens the session", async () => {
    const { user, app } = await withTotp();
    const step = await firstStep(user);
    assert.deepEqual(step.methods, ["totp", "recovery_code"]);
    assert.equal(step.enrolment_required, false);
    const answer = await verify(step.mfa_token, { totp_code: app.next() });
    assert.equal(answer.statusCode, 200, answer.body);
    assert.equal(answer.headers["cache-control"], "no-store");
    const { access_token, refresh_token } = answer.json<LoggedIn>();
    const me = await people.send({ ...user, token: access_token }, "GET", "/auth/me");
    assert.equal(me.statusCode, 200);
    const refreshed = await people.send(null, "POST", "/auth/refresh", { refresh_token });
    assert.equal(refreshed.statusCode, 200, refreshed.body);
    const [entry] = (await people.audited(user.tenantId, "login.succeeded")).slice(-1);
    assert.deepEqual(entry?.after, { methods: ["password", "totp"] });
  });

  test("gives each code once, of many at the same moment too", async () => {
    const { user, app } = await withTotp();
    const code = app.next();
    const steps = await Promise.all(Array.from({ length: 4 }, () => firstStep(user)));
    const answers = await Promise.all(steps.map((step) => verify(step.mfa_token, { totp_code: code })));
    assert.deepEqual(statusesOf(answers), [200, 401, 401, 401]);
    const late = await firstStep(user);
    assertProblem(await verify(late.mfa_token, { totp_code: code }), 401, "invalid_code");
  });

  test("is not set up twice, and goes only by a code", async () => {
    const { user, app } = await withTotp();
    assertProblem(await people.send(user, "POST", "/auth/mfa/totp"), 409, "mfa_already_enabled");
    const disable = (proof: object) => people.send(user, "POST", "/auth/mfa/totp/disable", proof);
    assertProblem(await disable({}), 422, "validation_failed");
    assertProblem(await disable({ totp_code: app.wrong() }), 401, "invalid_code");
    assert.equal((await disable({ totp_code: app.next() })).statusCode, 204);
    assert.ok((await logIn(user)).json<LoggedIn>().access_token);
    assertProblem(await disable({ totp_code: app.next() }), 409, "mfa_not_enabled");
  });

  test("is not changed by a session that was opened long ago", async () => {
    const user = await people.registerTenant();
    await withTenant(people.db.app, user.tenantId, (trx) =>
      trx
        .updateTable("sessions")
        // The column is not one that code may write.
        .set({ created_at: new Date(Date.now() - 16 * 60_000) } as object)
        .execute(),
    );
    for (const path of [
      "/auth/mfa/totp",
      "/auth/passkeys/registration-options",
      "/auth/mfa/recovery-codes",
    ]) {
      assertProblem(await people.send(user, "POST", path), 403, "fresh_login_required");
    }
  });

  test("is stored sealed, and no answer but its creation tells its secret", async () => {
    const user = await people.registerTenant();
    const begun = await people.send(user, "POST", "/auth/mfa/totp");
    const { secret } = begun.json<{ secret: string }>();
    const row = await withTenant(people.db.app, user.tenantId, (trx) =>
      trx.selectFrom("totp_factors").selectAll().executeTakeFirstOrThrow(),
    );
    assert.ok(!row.secret_sealed.includes(secret));
    const mfa = await people.send(user, "GET", "/auth/mfa");
    assert.ok(!mfa.body.includes(secret));
  });
});

suite("the token between the steps", () => {
  test("is no access token, no refresh token, and good for one login", async () => {
    const { user, app } = await withTotp();
    const { mfa_token } = await firstStep(user);
    assertProblem(await people.send({ ...user, token: mfa_token }, "GET", "/auth/me"), 401, "invalid_token");
    const refreshed = await people.send(null, "POST", "/auth/refresh", { refresh_token: mfa_token });
    assertProblem(refreshed, 401, "invalid_refresh_token");
    const answers = await Promise.all([
      verify(mfa_token, { totp_code: app.next() }),
      verify(mfa_token, { totp_code: app.next() }),
    ]);
    assert.deepEqual(statusesOf(answers), [200, 401]);
  });

  test("ends with its time, its user and its tenant, and is not another's", async () => {
    const { user, app } = await withTotp();
    const { mfa_token } = await firstStep(user);
    const proof = { totp_code: app.next() };
    for (const token of ["", "mfa_", mfa_token.slice(0, -2), user.refreshToken, user.token.slice(0, 200)]) {
      assertProblem(await verify(token, proof), 401, "invalid_login_step");
    }
    const other = await withTotp();
    assertProblem(await verify((await firstStep(other.user)).mfa_token, proof), 401, "invalid_code");
    await withTenant(people.db.app, user.tenantId, (trx) =>
      trx.updateTable("users").set({ is_active: false }).execute(),
    );
    assertProblem(await verify(mfa_token, proof), 401, "invalid_login_step");
    await withTenant(people.db.app, user.tenantId, async (trx) => {
      await trx.updateTable("users").set({ is_active: true }).execute();
      await trx
        .updateTable("login_steps")
        .set({ expires_at: new Date(Date.now() - 1) })
        .execute();
    });
    assertProblem(await verify(mfa_token, proof), 401, "invalid_login_step");
  });

  test("ends with the password that it began with", async () => {
    const { user, app } = await withTotp();
    const step = await firstStep(user);
    const changed = await people.send(user, "POST", "/users/change-password", {
      current_password: password,
      new_password: "another sentence that nobody says",
      end_other_sessions: false,
    });
    assert.equal(changed.statusCode, 204, changed.body);
    assertProblem(await verify(step.mfa_token, { totp_code: app.next() }), 401, "invalid_credentials");
  });

  test("takes one proof at a time", async () => {
    const { user, app, codes } = await withTotp();
    const { mfa_token } = await firstStep(user);
    assertProblem(await verify(mfa_token, {}), 422, "validation_failed");
    assertProblem(
      await verify(mfa_token, { totp_code: app.wrong(), recovery_code: codes[0] }),
      422,
      "validation_failed",
    );
  });
});

suite("guessing", () => {
  test("ends after five attempts, however many are made at once and by how many logins", async () => {
    const { user, app } = await withTotp();
    const steps = await Promise.all(Array.from({ length: 12 }, () => firstStep(user)));
    const answers = await Promise.all(
      steps.map((step) => verify(step.mfa_token, { totp_code: app.wrong() })),
    );
    const statuses = answers.map((answer) => answer.statusCode);
    assert.equal(statuses.filter((status) => status === 401).length, 5, statuses.join());
    assert.equal(statuses.filter((status) => status === 429).length, 7, statuses.join());

    const [step] = steps;
    assert.ok(step);
    const locked = await verify(step.mfa_token, { totp_code: app.next() });
    assertProblem(locked, 429, "mfa_locked");
    const seconds = Number(locked.headers["retry-after"]);
    assert.ok(seconds > 30 && seconds <= 60, `${seconds}`);

    await withTenant(people.db.app, user.tenantId, (trx) =>
      trx
        .updateTable("second_factor_attempts")
        .set({ locked_until: new Date(Date.now() - 1) })
        .execute(),
    );
    assert.equal((await verify(step.mfa_token, { totp_code: app.next() })).statusCode, 200);
    const left = await withTenant(people.db.app, user.tenantId, (trx) =>
      trx.selectFrom("second_factor_attempts").selectAll().execute(),
    );
    assert.deepEqual(left, [], "success resets the count");
    assert.equal((await people.audited(user.tenantId, "mfa.failed")).length, 5);
  });

  test("is forgiven by an admin who unlocks the user", async () => {
    const { user, app } = await withTotp();
    const other = await people.addUser(user, { role: "tenant_admin" });
    const step = await firstStep(user);
    for (let index = 0; index < 5; index++) await verify(step.mfa_token, { totp_code: app.wrong() });
    assertProblem(await verify(step.mfa_token, { totp_code: app.next() }), 429, "mfa_locked");

    assert.equal((await people.send(other, "POST", `/users/${user.id}/unlock`)).statusCode, 204);
    assert.equal((await verify(step.mfa_token, { totp_code: app.next() })).statusCode, 200);
    const [entry, ...more] = await people.audited(user.tenantId, "login.unlocked");
    assert.deepEqual(entry?.after, { was_locked_by_wrong: ["codes"] });
    assert.equal(more.length, 0);
  });

  test("locks for longer each time", async () => {
    const { user, app } = await withTotp();
    const { mfa_token } = await firstStep(user);
    const locks: number[] = [];
    for (let turn = 0; turn < 8; turn++) {
      await verify(mfa_token, { totp_code: app.wrong() });
      const row = await withTenant(people.db.app, user.tenantId, async (trx) => {
        const row = await trx.selectFrom("second_factor_attempts").selectAll().executeTakeFirstOrThrow();
        await trx
          .updateTable("second_factor_attempts")
          .set({ locked_until: new Date(Date.now() - 1) })
          .execute();
        return row;
      });
      locks.push(row.locked_until ? Math.round((row.locked_until.getTime() - Date.now()) / 60_000) : 0);
    }
    assert.deepEqual(locks, [0, 0, 0, 0, 1, 2, 4, 8]);
  });
});

suite("recovery codes", () => {
  test("are good once each, and the old ones end when they are renewed", async () => {
    const { user, codes } = await withTotp();
    assert.equal(new Set(codes).size, 10);
    const [first = "", second = "", third = ""] = codes;
    const steps = await Promise.all(Array.from({ length: 4 }, () => firstStep(user)));
    const answers = await Promise.all(steps.map((step) => verify(step.mfa_token, { recovery_code: first })));
    assert.deepEqual(statusesOf(answers), [200, 401, 401, 401]);
    const typed = second.toUpperCase().replaceAll("-", " ");
    const again = await firstStep(user);
    assert.equal((await verify(again.mfa_token, { recovery_code: typed })).statusCode, 200);
    const mfa = await people.send(user, "GET", "/auth/mfa");
    assert.equal(mfa.json<{ recovery_codes_left: number }>().recovery_codes_left, 8);

    const renewed = await people.send(user, "POST", "/auth/mfa/recovery-codes");
    const [fresh = ""] = renewed.json<{ recovery_codes: string[] }>().recovery_codes;
    const last = await firstStep(user);
    assertProblem(await verify(last.mfa_token, { recovery_code: third }), 401, "invalid_code");
    assert.equal((await verify(last.mfa_token, { recovery_code: fresh })).statusCode, 200);
  });

  test("of one user are of no use to another, and are not there without a factor", async () => {
    const [one, two] = await Promise.all([withTotp(), withTotp()]);
    const step = await firstStep(one.user);
    assertProblem(await verify(step.mfa_token, { recovery_code: two.codes[0] }), 401, "invalid_code");
    const nobody = await people.registerTenant();
    assertProblem(await people.send(nobody, "POST", "/auth/mfa/recovery-codes"), 409, "mfa_not_enabled");
  });
});

suite("a tenant that requires a second factor", () => {
  async function requiring(): Promise<{ admin: Caller; user: Caller }> {
    const { user: admin } = await withTotp();
    const user = await people.addUser(admin);
    const put = await people.send(admin, "PUT", "/mfa/policy", { require_mfa: true });
    assert.equal(put.statusCode, 200, put.body);
    return { admin, user };
  }

  test("lets a user without one set it up in the middle of the login", async () => {
    const { user } = await requiring();
    const step = await firstStep(user);
    assert.deepEqual(step.methods, []);
    assert.equal(step.enrolment_required, true);
    assertProblem(await verify(step.mfa_token, { totp_code: "000000" }), 401, "invalid_code");
    const begun = await people.send(null, "POST", "/auth/mfa/enrol", { mfa_token: step.mfa_token });
    assert.equal(begun.statusCode, 200, begun.body);
    const app = new AuthenticatorApp(begun.json<{ otpauth_url: string }>().otpauth_url);
    const done = await verify(step.mfa_token, { totp_code: app.next() });
    assert.equal(done.statusCode, 200, done.body);
    assert.equal(done.json<LoggedIn>().recovery_codes?.length, 10);

    const second = await firstStep(user);
    assert.equal(second.enrolment_required, false);
    assertProblem(
      await people.send(null, "POST", "/auth/mfa/enrol", { mfa_token: second.mfa_token }),
      401,
      "invalid_login_step",
    );
    const later = await verify(second.mfa_token, { totp_code: app.next() });
    assert.equal(later.statusCode, 200, later.body);
    assert.ok(!("recovery_codes" in later.json<LoggedIn>()));
  });

  test("does not let two enrolments of one user both end", async () => {
    const { user } = await requiring();
    const [one, two] = [await firstStep(user), await firstStep(user)];
    const begun = await people.send(null, "POST", "/auth/mfa/enrol", { mfa_token: one.mfa_token });
    const app = new AuthenticatorApp(begun.json<{ otpauth_url: string }>().otpauth_url);
    assert.equal((await verify(one.mfa_token, { totp_code: app.next() })).statusCode, 200);
    const late = await people.send(null, "POST", "/auth/mfa/enrol", { mfa_token: two.mfa_token });
    assertProblem(late, 409, "mfa_already_enabled");
  });

  test("is made one by an admin alone, who has a factor", async () => {
    const { admin, user } = await requiring();
    const bare = await people.registerTenant();
    assertProblem(
      await people.send(bare, "PUT", "/mfa/policy", { require_mfa: true }),
      409,
      "own_factor_first",
    );
    assertProblem(
      await people.send(user, "PUT", "/mfa/policy", { require_mfa: false }),
      403,
      "permission_denied",
    );
    assert.deepEqual((await people.send(admin, "GET", "/mfa/policy")).json(), { require_mfa: true });
    assert.equal((await people.send(admin, "PUT", "/mfa/policy", { require_mfa: false })).statusCode, 200);
    assert.ok((await logIn(user)).json<LoggedIn>().access_token);
  });
});

suite("factors that were lost", () => {
  test("an admin takes from a user of the tenant, whose sessions end", async () => {
    const admin = await people.registerTenant();
    const user = await people.addUser(admin);
    const begun = await people.send(user, "POST", "/auth/mfa/totp");
    const app = new AuthenticatorApp(begun.json<{ otpauth_url: string }>().otpauth_url);
    await people.send(user, "POST", "/auth/mfa/totp/confirm", { totp_code: app.next() });
    await firstStep(user);
    const reset = (by: Caller) => people.send(by, "DELETE", `/mfa/users/${user.id}`);
    assertProblem(await reset(user), 403, "permission_denied");
    assertProblem(await reset(await people.registerTenant()), 404, "not_found");
    assert.equal((await reset(admin)).statusCode, 204);
    assertProblem(await people.send(user, "GET", "/auth/me"), 401, "session_ended");
    assert.ok((await logIn(user)).json<LoggedIn>().access_token);
  });
  test("nobody takes from themself this way, by session or by key", async () => {
    const { user } = await withTotp();
    const scopes = [...permissionsOf("tenant_admin")];
    const made = await people.send(user, "POST", "/api-keys", { name: "all", scopes });
    const { key } = made.json<{ key: string }>();
    const path = `/mfa/users/${user.id}`;
    assertProblem(await people.send(user, "DELETE", path), 409, "own_factors");
    const byKey = await people.send(null, "DELETE", path, undefined, { "x-api-key": key });
    assertProblem(byKey, 409, "own_factors");
    await firstStep(user);
  });
});
