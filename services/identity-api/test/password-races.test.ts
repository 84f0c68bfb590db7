import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { withTenant, type TenantTrx } from "@condo/schema";
import argon2 from "argon2";
import { sql } from "kysely";
import { openMailbox, type Mailbox } from "./mailbox.ts";
import { assertProblem, password, startPeople, type Caller, type People } from "./people.ts";

let mailbox: Mailbox;
let people: People;
let admin: Caller;
before(async () => {
  mailbox = await openMailbox();
  people = await startPeople({ MAIL_DIR: mailbox.dir, ADDRESS_FAILURES: "100000" });
  admin = await people.registerTenant();
});

const attempt = (user: Caller, given = password) =>
  people.send(
    null,
    "POST",
    "/auth/login",
    { email: user.email, password: given },
    { "x-tenant-id": user.tenantId },
  );

const setHash = (trx: TenantTrx, user: Caller, password_hash: string) =>
  trx.updateTable("users").set({ password_hash }).where("id", "=", user.id).execute();

/** Holds the user's row, or those of the user's tokens, until it is told to let go. */
async function hold(
  user: Caller,
  what: "users" | "mail_tokens" = "users",
  work: (trx: TenantTrx) => Promise<unknown> = async () => undefined,
) {
  const held = Promise.withResolvers<void>();
  const mayEnd = Promise.withResolvers<void>();
  const holding = withTenant(people.db.app, user.tenantId, async (trx) => {
    await sql`
      select from ${sql.table(what)}
      where ${sql.ref(what === "users" ? "id" : "user_id")} = ${user.id} for no key update
    `.execute(trx);
    await work(trx);
    held.resolve();
    await mayEnd.promise;
  });
  await held.promise;
  return async () => {
    mayEnd.resolve();
    await holding;
  };
}

suite("a login whose hash is outdated", () => {
  const withOutdatedHash = async (): Promise<Caller> => {
    const user = await people.addUser(admin);
    const weak = await argon2.hash(password, { memoryCost: 8192, timeCost: 1, parallelism: 1 });
    await withTenant(people.db.app, admin.tenantId, (trx) => setHash(trx, user, weak));
    return user;
  };

  test("is refused when another password came in between", async () => {
    const user = await withOutdatedHash();
    const another = await argon2.hash("another long password", { memoryCost: 19_456, timeCost: 2 });
    const letGo = await hold(user, "users", (trx) => setHash(trx, user, another));
    const login = attempt(user);
    await people.waitingForLocks(1);
    await letGo();
    assertProblem(await login, 401, "invalid_credentials");
    assert.equal((await attempt(user, "another long password")).statusCode, 200);
  });

  test("gets in beside another that makes the hash anew", async () => {
    const user = await withOutdatedHash();
    const letGo = await hold(user);
    const logins = [attempt(user), attempt(user)];
    await people.waitingForLocks(2);
    await letGo();
    for (const login of await Promise.all(logins)) assert.equal(login.statusCode, 200, login.body);
  });
});

suite("a change of password under way", () => {
  const change = (caller: Caller, fields: object = {}) =>
    people.send(caller, "POST", "/users/change-password", {
      current_password: password,
      new_password: "what whoever is shut out would like",
      ...fields,
    });
  const secret = "another long password";
  const resetToken = async (user: Caller): Promise<string> => {
    const named = { "x-tenant-id": user.tenantId };
    await people.send(null, "POST", "/auth/forgot-password", { email: user.email }, named);
    return mailbox.token(user.email, /Reset your password/);
  };
  const resetBy = (token: string) =>
    people.send(null, "POST", "/auth/reset-password", { token, new_password: secret });

  test("is refused when a reset came before: it has ended the session", async () => {
    const user = await people.addUser(admin);
    const token = await resetToken(user);
    const letGo = await hold(user);
    const reset = resetBy(token);
    await people.waitingForLocks(1);
    const changed = change(user);
    await people.waitingForLocks(2);
    await letGo();
    assert.equal((await reset).statusCode, 204);
    assertProblem(await changed, 401, "session_ended");
    assert.equal((await attempt(user, secret)).statusCode, 200);
  });

  test("is not the only thing that a reset ends: no second factor is set up any more", async () => {
    const user = await people.addUser(admin);
    const token = await resetToken(user);
    const letGo = await hold(user);
    const reset = resetBy(token);
    await people.waitingForLocks(1);
    const setUp = people.send(user, "POST", "/auth/mfa/totp");
    await people.waitingForLocks(2);
    await letGo();
    assert.equal((await reset).statusCode, 204);
    assertProblem(await setUp, 401, "session_ended");
  });

  test("waits for a reset that waits for its token", async () => {
    const user = await people.addUser(admin);
    const token = await resetToken(user);
    const letGo = await hold(user, "mail_tokens");
    const reset = resetBy(token);
    await people.waitingForLocks(1);
    const changed = change(user);
    await people.waitingForLocks(2);
    await letGo();
    assert.equal((await reset).statusCode, 204);
    assertProblem(await changed, 401, "session_ended");
  });

  test("is refused when another change came before that left the session open", async () => {
    const user = await people.addUser(admin);
    const other = await people.logIn(user.email, user.tenantId);
    const letGo = await hold(user);
    const first = change(other, { new_password: secret, end_other_sessions: false });
    await people.waitingForLocks(1);
    const second = change(user);
    await people.waitingForLocks(2);
    await letGo();
    assert.equal((await first).statusCode, 204);
    assertProblem(await second, 409, "password_changed");
    assert.equal((await attempt(user, secret)).statusCode, 200);
  });

  test("goes on where its own login made the hash anew", async () => {
    const user = await people.addUser(admin);
    const weak = await argon2.hash(password, { memoryCost: 8192, timeCost: 1, parallelism: 1 });
    await withTenant(people.db.app, admin.tenantId, (trx) => setHash(trx, user, weak));
    assert.equal((await change(user, { new_password: secret })).statusCode, 204);
    assert.equal((await attempt(user, secret)).statusCode, 200);
  });
});
