import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { newId, withTenant } from "@condo/schema";
import { eventually } from "@condo/testing";
import { sql } from "kysely";
import { openMailbox, type Mailbox } from "./mailbox.ts";
import {
  assertProblem,
  password,
  startPeople,
  type Caller,
  type Page,
  type People,
  type UserAnswer,
} from "./people.ts";

const newSecret = "another long password";

let people: People;
let mailbox: Mailbox;
let admin: Caller;
before(async () => {
  mailbox = await openMailbox();
  people = await startPeople({ MAIL_DIR: mailbox.dir, ADDRESS_FAILURES: "100000" });
  admin = await people.registerTenant();
});

const attempt = (email: string, given: string, tenantId = admin.tenantId) =>
  people.send(null, "POST", "/auth/login", { email, password: given }, { "x-tenant-id": tenantId });

const forgot = (email: string, tenantId = admin.tenantId) =>
  people.send(null, "POST", "/auth/forgot-password", { email }, { "x-tenant-id": tenantId });

async function resetToken(email: string, count = 1): Promise<string> {
  assert.equal((await forgot(email)).statusCode, 202);
  return mailbox.token(email, /Reset your password/, count);
}

const reset = (token: string, fields: object = {}) =>
  people.send(null, "POST", "/auth/reset-password", { token, new_password: newSecret, ...fields });

/** Lets time pass for the tokens of the tenant. */
const age = (interval: string) =>
  withTenant(people.db.app, admin.tenantId, async (trx) => {
    await sql`update mail_tokens set expires_at = expires_at - ${interval}::interval`.execute(trx);
    await sql`update invitations set expires_at = expires_at - ${interval}::interval
              where accepted_at is null`.execute(trx);
  });

const timesVerified = async (userId: string) =>
  (await people.audited(admin.tenantId, "user.email_verified")).filter(
    ({ subject_id }) => subject_id === userId,
  ).length;

suite("a forgotten password", () => {
  test("is reset by mail, which ends all sessions and logs nobody in", async () => {
    const user = await people.addUser(admin);
    const answer = await reset(await resetToken(user.email));
    assert.equal(answer.statusCode, 204, answer.body);
    assert.equal(answer.headers["cache-control"], "no-store");
    assertProblem(await people.send(user, "GET", "/auth/me"), 401, "session_ended");
    assertProblem(
      await people.send(null, "POST", "/auth/refresh", { refresh_token: user.refreshToken }),
      401,
      "invalid_refresh_token",
    );
    assertProblem(await attempt(user.email, password), 401, "invalid_credentials");
    assert.equal((await attempt(user.email, newSecret)).statusCode, 200);
    await eventually(
      "word of the change",
      async () => (await mailbox.to(user.email, /was changed/)).length === 1,
    );
    const [asked] = await people.audited(admin.tenantId, "password_reset.requested");
    assert.ok(asked?.request_id && asked.address);
    assert.equal((await people.audited(admin.tenantId, "user.password_changed")).length, 1);
    assert.equal(await timesVerified(user.id), 1, "who has read the mail has the address");
  });

  test("unlocks the account", async () => {
    const user = await people.addUser(admin);
    for (let index = 0; index < 5; index++) await attempt(user.email, "wrong");
    assertProblem(await attempt(user.email, password), 401, "invalid_credentials");
    assert.equal((await reset(await resetToken(user.email))).statusCode, 204);
    assert.equal((await attempt(user.email, newSecret)).statusCode, 200);
  });

  test("leaves the second factor to ask for", async () => {
    const user = await people.addUser(admin);
    await withTenant(people.db.app, admin.tenantId, (trx) =>
      trx
        .insertInto("totp_factors")
        .values({
          tenant_id: admin.tenantId,
          user_id: user.id,
          secret_sealed: Buffer.alloc(1),
          confirmed_at: new Date(),
        })
        .execute(),
    );
    const answer = await reset(await resetToken(user.email));
    assert.deepEqual([answer.statusCode, answer.body], [204, ""]);
    const login = await attempt(user.email, newSecret);
    assert.equal(login.json<{ mfa_required: boolean }>().mfa_required, true);
    assert.doesNotMatch(login.body, /access_token|refresh_token/);
  });

  test("is reset once, though 16 come with the token at once, and by the newest mail or an older one", async () => {
    const user = await people.addUser(admin);
    const older = await resetToken(user.email);
    const token = await resetToken(user.email, 2);
    assert.notEqual(token, older);
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, index) => reset(token, { new_password: `${newSecret} ${index}` })),
    );
    assert.equal(answers.filter((answer) => answer.statusCode === 204).length, 1);
    for (const answer of answers.filter(({ statusCode }) => statusCode !== 204))
      assertProblem(answer, 400, "invalid_reset_token");
    assertProblem(await reset(token), 400, "invalid_reset_token");
    assertProblem(await reset(older), 400, "invalid_reset_token");
  });

  test("is refused a weak password, and the token is good still", async () => {
    const user = await people.addUser(admin);
    const token = await resetToken(user.email);
    for (const weak of ["short", "password123", "graceHopper1"])
      assertProblem(await reset(token, { new_password: weak }), 422, "validation_failed");
    assert.equal((await reset(token)).statusCode, 204);
  });

  test("is not reset by a token that is old, made up, for something else, or sent to a former address", async () => {
    const user = await people.addUser(admin);
    const moved = await people.addUser(admin);
    const disabled = await people.addUser(admin);
    const [late, ofMoved, ofDisabled] = [
      await resetToken(user.email),
      await resetToken(moved.email),
      await resetToken(disabled.email),
    ];
    await people.send(admin, "PUT", `/users/${moved.id}`, { email: `${newId()}@example.com` });
    await people.send(admin, "PUT", `/users/${disabled.id}`, { is_active: false });
    const verification = await mailbox.token(user.email, /Confirm/);
    const forged = [
      ofMoved,
      ofDisabled,
      verification,
      verification.replace("evt_", "prt_"),
      user.refreshToken.replace("rt_", "prt_"),
      "prt_x",
      "",
      `${late}x`,
    ];
    for (const token of forged) assertProblem(await reset(token), 400, "invalid_reset_token");
    await age("29 minutes");
    const fresh = await people.addUser(admin);
    assert.equal((await reset(late)).statusCode, 204);
    const tooLate = await resetToken(fresh.email);
    await age("31 minutes");
    assertProblem(await reset(tooLate), 400, "invalid_reset_token");
    assertProblem(await reset(tooLate, { extra: 1 }), 422, "validation_failed");
  });

  test("is asked for with the same answer and the same work, whoever it is", async () => {
    const disabled = await people.addUser(admin);
    const known = await people.addUser(admin);
    await people.send(admin, "PUT", `/users/${disabled.id}`, { is_active: false });
    const ways: Record<string, () => ReturnType<typeof forgot>> = {
      known: () => forgot(known.email),
      unknown: () => forgot("nobody@example.com"),
      disabled: () => forgot(disabled.email),
      "unknown tenant": () => forgot(known.email, newId()),
    };
    const times: Record<string, number[]> = {};
    const bodies = new Set<string>();
    for (let round = 0; round < 40; round++) {
      for (const [name, way] of Object.entries(ways)) {
        const from = performance.now();
        const answer = await way();
        (times[name] ??= []).push(performance.now() - from);
        assert.equal(answer.statusCode, 202);
        bodies.add(answer.body);
      }
    }
    assert.equal(bodies.size, 1);
    // The lower quarter: what else the machine does makes slow answers slower, and leaves the quick ones alone.
    const quarters = Object.values(times).map((taken) => taken.toSorted((a, b) => a - b)[10] ?? 0);
    // In parts of the whole, which grows alike for all where the machine is busy: a mail that is written takes longer.
    assert.ok(Math.max(...quarters) < Math.min(...quarters) * 1.5, JSON.stringify(quarters));
    await mailbox.token(known.email, /Reset/, 5);
    const another = await people.addUser(admin);
    await resetToken(another.email);
    assert.equal((await mailbox.to(known.email, /Reset/)).length, 5, "no flood of mails");
    assert.deepEqual(await mailbox.to(disabled.email, /Reset/), []);
    assert.deepEqual(await mailbox.to("nobody@example.com"), []);
  });
});

suite("an e-mail address", () => {
  const verify = (token: string) => people.send(null, "POST", "/auth/verify-email", { token });
  const verifiedAt = async (id: string) => {
    const user = await withTenant(people.db.app, admin.tenantId, (trx) =>
      trx.selectFrom("users").select("email_verified_at").where("id", "=", id).executeTakeFirstOrThrow(),
    );
    return user.email_verified_at;
  };

  test("is verified by the mail that a new user gets, once", async () => {
    const user = await people.addUser(admin);
    const token = await mailbox.token(user.email, /Confirm/);
    assert.equal(await verifiedAt(user.id), null);
    const answers = await Promise.all(Array.from({ length: 16 }, () => verify(token)));
    assert.equal(answers.filter((answer) => answer.statusCode === 204).length, 1);
    assertProblem(await verify(token), 400, "invalid_verification_token");
    assert.ok(await verifiedAt(user.id));
    assert.equal(await timesVerified(user.id), 1);
  });

  test("gets another mail on request, and is unverified again when it changes", async () => {
    const user = await people.addUser(admin);
    assert.equal((await people.send(user, "POST", "/auth/resend-verification")).statusCode, 202);
    const token = await mailbox.token(user.email, /Confirm/, 2);
    assert.equal((await verify(token)).statusCode, 204);
    const email = `${newId()}@example.com`;
    await people.send(admin, "PUT", `/users/${user.id}`, { email });
    assert.equal(await verifiedAt(user.id), null);
    assert.equal((await verify(await mailbox.token(email, /Confirm/))).statusCode, 204);
    assert.ok(await verifiedAt(user.id));
    assertProblem(await people.send(null, "POST", "/auth/resend-verification"), 401, "missing_token");
  });
});

suite("an invitation", () => {
  interface InvitationAnswer {
    id: string;
    email: string;
    status: string;
  }
  const invite = (caller: Caller, fields: object = {}) =>
    people.send(caller, "POST", "/invitations", { email: `${newId()}@example.com`, ...fields });
  const accept = (token: string, fields: object = {}) =>
    people.send(null, "POST", "/invitations/accept", {
      token,
      password: newSecret,
      first_name: "Radia",
      last_name: "Perlman",
      ...fields,
    });
  async function invited(fields: object = {}, by = admin): Promise<InvitationAnswer & { token: string }> {
    const answer = await invite(by, fields);
    assert.equal(answer.statusCode, 201, answer.body);
    assert.doesNotMatch(answer.body, /token|hash/);
    const invitation = answer.json<InvitationAnswer>();
    return { ...invitation, token: await mailbox.token(invitation.email, /invited/) };
  }
  const statusOf = async (id: string) => {
    const list = await people.send(admin, "GET", "/invitations?limit=100");
    return list.json<Page<InvitationAnswer>>().items.find((item) => item.id === id)?.status;
  };

  test("makes a user with its role, whose address is verified", async () => {
    const { id, email, token } = await invited({ role: "readonly" });
    assert.equal(await statusOf(id), "open");
    const answer = await accept(token);
    assert.equal(answer.statusCode, 201, answer.body);
    const user = answer.json<UserAnswer & { email_verified_at: string | null }>();
    assert.deepEqual([user.email, user.role], [email, "readonly"]);
    assert.ok(user.email_verified_at);
    assert.equal((await attempt(email, newSecret)).statusCode, 200);
    assert.equal(await statusOf(id), "accepted");
    assert.deepEqual(await mailbox.to(email, /Confirm/), []);
    const [accepted] = await people.audited(admin.tenantId, "invitation.accepted");
    assert.equal(accepted?.actor_id, user.id);
  });

  test("is accepted once, though 16 come with it at once; a weak password leaves it open", async () => {
    const { token } = await invited();
    assertProblem(await accept(token, { password: "password123" }), 422, "validation_failed");
    assertProblem(await accept(token, { role: "tenant_admin" }), 422, "validation_failed");
    const answers = await Promise.all(Array.from({ length: 16 }, () => accept(token)));
    assert.equal(answers.filter((answer) => answer.statusCode === 201).length, 1);
    for (const answer of answers.filter(({ statusCode }) => statusCode !== 201))
      assertProblem(answer, 400, "invalid_invitation");
  });

  test("is void once it is revoked, has run out, or was sent again", async () => {
    const [revoked, late, again] = [await invited(), await invited(), await invited()];
    assert.equal((await people.send(admin, "DELETE", `/invitations/${revoked.id}`)).statusCode, 204);
    assertProblem(await people.send(admin, "DELETE", `/invitations/${revoked.id}`), 404, "not_found");
    assertProblem(await accept(revoked.token), 400, "invalid_invitation");
    assert.equal(await statusOf(revoked.id), "revoked");
    await age("8 days");
    assertProblem(await accept(late.token), 400, "invalid_invitation");
    assert.equal(await statusOf(late.id), "expired");
    assert.equal((await people.send(admin, "POST", `/invitations/${again.id}/resend`)).statusCode, 202);
    const newest = await mailbox.token(again.email, /invited/, 2);
    assertProblem(await accept(again.token), 400, "invalid_invitation");
    assert.equal((await accept(newest)).statusCode, 201);
    assert.equal(
      (await invite(admin, { email: late.email })).statusCode,
      201,
      "an expired one is in nobody's way",
    );
  });

  test("is made once an address, and not for a user's", async () => {
    const { email } = await invited();
    assertProblem(await invite(admin, { email }), 409, "already_invited");
    assertProblem(await invite(admin, { email: admin.email }), 409, "email_taken");
  });

  test("gives no more than its inviter may, at the time it is accepted", async () => {
    const user = await people.addUser(admin);
    assertProblem(await invite(user), 403, "permission_denied");
    assertProblem(await people.send(user, "GET", "/invitations"), 403, "permission_denied");
    assertProblem(await invite(admin, { role: "super_admin" }), 403, "beyond_authority");
    const role = await people.send(admin, "POST", "/roles", {
      name: "Recruiter",
      permissions: ["invitations:read", "invitations:write", "users:read"],
    });
    const recruiter = await people.addUser(admin, { role_id: role.json<{ id: string }>().id });
    assertProblem(await invite(recruiter, { role: "tenant_admin" }), 403, "beyond_authority");

    const second = await people.addUser(admin, { role: "tenant_admin" });
    const { token } = await invited({ role: "tenant_admin" }, second);
    await people.send(admin, "PUT", `/users/${second.id}`, { role: "user" });
    assertProblem(await accept(token), 400, "invalid_invitation");
  });

  test("is good again once another admin has sent it in the place of one who is gone", async () => {
    const leaver = await people.addUser(admin, { role: "tenant_admin" });
    const { id, email, token } = await invited({}, leaver);
    assert.equal((await people.send(admin, "DELETE", `/users/${leaver.id}`)).statusCode, 204);
    assertProblem(await accept(token), 400, "invalid_invitation");
    assert.equal((await people.send(admin, "POST", `/invitations/${id}/resend`)).statusCode, 202);
    assert.equal((await accept(await mailbox.token(email, /invited/, 2))).statusCode, 201);
  });

  test("of another tenant is not there", async () => {
    const { id, token } = await invited();
    const stranger = await people.registerTenant();
    assertProblem(await people.send(stranger, "DELETE", `/invitations/${id}`), 404, "not_found");
    assertProblem(await people.send(stranger, "POST", `/invitations/${id}/resend`), 404, "not_found");
    const list = await people.send(stranger, "GET", "/invitations");
    assert.deepEqual(list.json<Page<InvitationAnswer>>().items, []);
    assert.equal((await accept(token)).statusCode, 201);
  });
});

suite("what anybody may do once", () => {
  let tenant: Caller;
  before(async () => {
    tenant = await people.registerTenant();
  });

  const twice = async (path: string, body: object, key = newId()) => {
    const send = (change: object = {}) =>
      people.send(null, "POST", path, { ...body, ...change }, { "idempotency-key": key });
    const answers = await Promise.all([send(), send()]);
    answers.push(await send());
    return { answers, send };
  };
  const assertAlike = ({ answers }: Awaited<ReturnType<typeof twice>>, status: number) => {
    assert.deepEqual(new Set(answers.map(({ statusCode }) => statusCode)), new Set([status]));
    assert.equal(new Set(answers.map(({ body }) => body)).size, 1);
    assert.equal(answers.at(-1)?.headers["idempotency-replayed"], "true");
  };

  test("registering: sent again under its key it is answered alike, anything else is another's", async () => {
    const slug = `t-${newId().slice(-12)}`;
    const given = {
      name: slug,
      slug,
      admin_email: `admin@${slug}.example`,
      admin_password: password,
      admin_first_name: "Ada",
      admin_last_name: "Lovelace",
    };
    const made = await twice("/auth/register", given);
    assertAlike(made, 201);
    assertProblem(await made.send({ admin_password: newSecret }), 409, "slug_taken");
    assertProblem(await people.send(null, "POST", "/auth/register", given), 409, "slug_taken");
    const other = await people.send(null, "POST", "/auth/register", given, { "idempotency-key": newId() });
    assertProblem(other, 409, "slug_taken");
  });

  test("resetting a password, verifying an address", async () => {
    const user = { email: `${newId()}@example.com`, password, first_name: "G", last_name: "H" };
    assert.equal((await people.send(tenant, "POST", "/users", user)).statusCode, 201);
    const verification = await mailbox.token(user.email, /./);
    assertAlike(await twice("/auth/verify-email", { token: verification }), 204);
    assert.equal((await forgot(user.email, tenant.tenantId)).statusCode, 202);
    const token = await mailbox.token(user.email, /Reset your password/);
    const done = await twice("/auth/reset-password", { token, new_password: newSecret });
    assertAlike(done, 204);
    assertProblem(await done.send({ new_password: password }), 400, "invalid_reset_token");
    assert.equal((await attempt(user.email, newSecret, tenant.tenantId)).statusCode, 200);
  });

  test("accepting an invitation", async () => {
    const email = `${newId()}@example.com`;
    assert.equal((await people.send(tenant, "POST", "/invitations", { email })).statusCode, 201);
    const token = await mailbox.token(email, /./);
    const body = { token, password: newSecret, first_name: "G", last_name: "H" };
    assertAlike(await twice("/invitations/accept", body), 201);
  });
});
