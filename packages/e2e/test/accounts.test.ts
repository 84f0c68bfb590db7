import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { before, suite, test } from "node:test";
import {
  call,
  registerTenant,
  startTestFleet,
  type Answer,
  type TenantApi,
  type TestFleet,
} from "@condo/e2e";
import { eventually } from "@condo/testing";
import { openWitness, type Witness } from "./isolation/rows.ts";

const lockoutFailures = 5;
const password = "a sentence of somebody's own";
const newPassword = "another sentence of somebody's";
const operator = { email: "operator@ops.example", password: "a sentence of the operator's own" };

let fleet: TestFleet;
let witness: Witness;
let tenant: TenantApi;
let other: TenantApi;

before(async () => {
  fleet = await startTestFleet({
    LOGIN_ATTEMPTS_PER_MINUTE: "100000",
    LOCKOUT_FAILURES: String(lockoutFailures),
  });
  assert.ok(fleet.postgres);
  witness = await openWitness(fleet.postgres.superuserUrl);
  [tenant, other] = await Promise.all([registerTenant(fleet.origin), registerTenant(fleet.origin)]);
});

interface Somebody {
  id: string;
  email: string;
  accessToken: string;
  refreshToken: string;
  call: (method: string, path: string, body?: unknown) => Promise<Answer>;
}

const post = (path: string, body: unknown) => call(fleet.origin, "POST", `/api/v1${path}`, body);

const logIn = (email: string, given = password, { slug } = tenant) =>
  post("/auth/login", { email, password: given, tenant_slug: slug });

async function loggedIn(id: string, email: string): Promise<Somebody> {
  const { status, body } = await logIn(email);
  assert.equal(status, 200, JSON.stringify(body));
  const authorization = `Bearer ${body.access_token}`;
  return {
    id,
    email,
    accessToken: body.access_token,
    refreshToken: body.refresh_token,
    call: (method, path, given) => call(fleet.origin, method, `/api/v1${path}`, given, { authorization }),
  };
}

/** A user of the tenant, who is logged in. */
async function newUser(role = "user"): Promise<Somebody> {
  const email = `${randomUUID()}@corp.example`;
  const fields = { email, password, role, first_name: "Grace", last_name: "Hopper" };
  const made = await tenant.call("POST", "/users", fields);
  assert.equal(made.status, 201, JSON.stringify(made.body));
  return loggedIn(made.body.id, email);
}

const atOnce = async (count: number, ask: () => Promise<Answer>): Promise<number[]> => {
  const answers = await Promise.all(Array.from({ length: count }, ask));
  return answers.map(({ status }) => status).toSorted((one, two) => one - two);
};

/** The token that begins so, in a mail to an address. */
async function mailedToken(address: string, prefix: string): Promise<string> {
  return eventually(`a mail with ${prefix} to ${address}`, async () => {
    const names = await readdir(fleet.mailDir).catch(() => []);
    const texts = await Promise.all(names.map((name) => readFile(join(fleet.mailDir, name), "utf8")));
    const text = texts.find((each) => each.includes(`To: ${address}\r\n`) && each.includes(prefix));
    return text?.replaceAll("=\r\n", "").match(new RegExp(`\\b${prefix}[\\w-]+`))?.[0];
  });
}

/** A code of an authenticator app (RFC 6238), `steps` of 30 s from now. */
function totp(secret: string, steps = 0): string {
  const bits = Array.from(secret, (letter) =>
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"),
  );
  const bytes = bits.join("").match(/.{8}/g) ?? [];
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const key = Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2)));
  const digest = createHmac("sha1", key).update(counter).digest();
  const offset = (digest.at(-1) ?? 0) & 15;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

suite("a change of password", () => {
  test("needs the current one, and ends the other sessions unless told not to", async () => {
    const user = await newUser();
    const elsewhere = await loggedIn(user.id, user.email);
    const wrong = { current_password: "no idea of it", new_password: newPassword };
    const refused = await user.call("POST", "/users/change-password", wrong);
    assert.deepEqual([refused.status, refused.body.code], [403, "wrong_password"]);
    const change = (current: string, next: string, end: boolean) =>
      user.call("POST", "/users/change-password", {
        current_password: current,
        new_password: next,
        end_other_sessions: end,
      });
    assert.equal((await change(password, newPassword, false)).status, 204);
    assert.equal((await elsewhere.call("GET", "/auth/me")).status, 200);
    assert.equal((await change(newPassword, password, true)).status, 204);
    assert.equal((await elsewhere.call("GET", "/auth/me")).status, 401);
    assert.equal((await user.call("GET", "/auth/me")).status, 200);
    assert.equal((await logIn(user.email, newPassword)).status, 401);
  });
});

suite("an account that is guessed at", () => {
  test("is locked after a few of many guesses at once, for a while, in this tenant alone", async () => {
    const user = await newUser();
    const twin = { email: user.email, password, first_name: "G", last_name: "H" };
    assert.equal((await other.call("POST", "/users", twin)).status, 201);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, turn) => logIn(user.email, `guess ${turn}`)),
    );
    const looked = await tenant.call("GET", `/audit-logs?action=login.failed&limit=100`);
    const reasons = looked.body.items
      .filter((entry: { subject_id: string }) => entry.subject_id === user.id)
      .map((entry: { after: { reason: string } }) => entry.after.reason);
    assert.equal(reasons.length, 50);
    const tried = reasons.filter((reason: string) => reason === "wrong_password");
    assert.equal(tried.length, lockoutFailures);

    const locked = await logIn(user.email);
    const same = [...answers, locked].map(({ status, body }) => `${status} ${body.code} ${body.detail}`);
    assert.equal(new Set(same).size, 1, "whether it is locked shows nowhere");
    assert.equal((await logIn(user.email, password, other)).status, 200);
    await witness.query(
      "update login_attempts set locked_until = locked_until - interval '1 hour' where tenant_id = $1",
      [tenant.tenantId],
    );
    assert.equal((await logIn(user.email)).status, 200, "time alone unlocks it");
    for (let round = 0; round < 2; round++) {
      for (let guess = 1; guess < lockoutFailures; guess++) await logIn(user.email, "wrong");
      assert.equal((await logIn(user.email)).status, 200, "a success begins the count anew");
    }
  });
});

suite("what is mailed", () => {
  test("resets a password once, of many at the same time too, and skips no second factor", async () => {
    const user = await newUser();
    const { body: app } = await user.call("POST", "/auth/mfa/totp");
    const confirmed = await user.call("POST", "/auth/mfa/totp/confirm", { totp_code: totp(app.secret, -1) });
    assert.equal(confirmed.status, 200, JSON.stringify(confirmed.body));
    assert.equal(
      (await post("/auth/forgot-password", { email: user.email, tenant_slug: tenant.slug })).status,
      202,
    );
    const token = await mailedToken(user.email, "prt_");
    const reset = () => post("/auth/reset-password", { token, new_password: newPassword });
    assert.deepEqual(await atOnce(16, reset), [204, ...Array.from({ length: 15 }, () => 400)]);
    assert.equal((await user.call("GET", "/auth/me")).status, 401, "its sessions end");

    const [first, second] = [await logIn(user.email, newPassword), await logIn(user.email, newPassword)];
    assert.equal(first.body.mfa_required, true);
    const code = totp(app.secret);
    const proofs = [first, second].map(({ body }) =>
      post("/auth/mfa/verify", { mfa_token: body.mfa_token, totp_code: code }),
    );
    const statuses = (await Promise.all(proofs)).map(({ status }) => status);
    assert.deepEqual(
      statuses.toSorted((one, two) => one - two),
      [200, 401],
      "a code is good once",
    );
  });

  test("invites somebody once, of many at the same time too", async () => {
    const email = `${randomUUID()}@corp.example`;
    assert.equal((await tenant.call("POST", "/invitations", { email })).status, 201);
    const token = await mailedToken(email, "inv_");
    const names = { first_name: "Jean", last_name: "Bartik" };
    const accept = () => post("/invitations/accept", { token, password, ...names });
    assert.deepEqual(await atOnce(16, accept), [201, ...Array.from({ length: 15 }, () => 400)]);
    assert.equal((await logIn(email)).status, 200);
  });
});

suite("an access token", () => {
  /** One route of each service that any member, and one that an admin may call. */
  const ofMembers = ["/auth/me", "/tenants/current", "/webhook-events"];
  const ofAdmins = ["/invitations", "/audit-logs"];
  const statusesOf = async (user: Pick<Somebody, "call">, paths: readonly string[]) =>
    Promise.all(paths.map(async (path) => (await user.call("GET", path)).status));

  for (const [what, change] of Object.entries({
    "its user is disabled": (id: string) => tenant.call("PUT", `/users/${id}`, { is_active: false }),
    "its user is deleted": (id: string) => tenant.call("DELETE", `/users/${id}`),
    "its session is ended by an admin": (id: string) => tenant.call("DELETE", `/users/${id}/sessions`),
  })) {
    test(`is refused by every service on the next request when ${what}`, async () => {
      const user = await newUser();
      assert.deepEqual(await statusesOf(user, ofMembers), [200, 200, 200]);
      assert.ok((await change(user.id)).status < 300);
      assert.deepEqual(await statusesOf(user, ofMembers), [401, 401, 401]);
      assert.equal((await post("/auth/refresh", { refresh_token: user.refreshToken })).status, 401);
    });
  }

  test("is refused once its user has another role, and a refreshed one has no more of the old", async () => {
    const admin = await newUser("tenant_admin");
    assert.deepEqual(await statusesOf(admin, ofAdmins), [200, 200]);
    assert.equal((await tenant.call("PUT", `/users/${admin.id}`, { role: "user" })).status, 200);
    assert.deepEqual(await statusesOf(admin, ofAdmins), [401, 401]);
    const { body } = await post("/auth/refresh", { refresh_token: admin.refreshToken });
    const authorization = `Bearer ${body.access_token}`;
    const demoted = {
      call: (method: string, path: string) =>
        call(fleet.origin, method, `/api/v1${path}`, undefined, { authorization }),
    };
    assert.deepEqual(await statusesOf(demoted, ofAdmins), [403, 403]);
    assert.deepEqual(await statusesOf(demoted, ofMembers), [200, 200, 200]);
  });

  test("rests while an operator has its tenant suspended", async () => {
    await createSuperAdmin();
    const { email, password: given } = operator;
    const login = await post("/auth/login", { email, password: given, tenant_slug: "platform" });
    const authorization = `Bearer ${login.body.access_token}`;
    const customer = await registerTenant(fleet.origin);
    const setStatus = async (status: string) => {
      const path = `/api/v1/tenants/${customer.tenantId}`;
      const answer = await call(fleet.origin, "PUT", path, { status }, { authorization });
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
    };
    await setStatus("suspended");
    assert.deepEqual(await statusesOf(customer, ofMembers), [401, 401, 401]);
    assert.equal((await logIn(customer.email, customer.password, customer)).status, 401);
    await setStatus("active");
    assert.deepEqual(await statusesOf(customer, ofMembers), [200, 200, 200]);
  });
});

/** By the command, which is the only way to a first one. */
async function createSuperAdmin(): Promise<void> {
  const args = ["users", "create-super-admin", "--email", operator.email, "--password-stdin"];
  const child = spawn(process.execPath, ["packages/cli/src/main.ts", ...args], {
    cwd: join(import.meta.dirname, "../../.."),
    env: { PATH: process.env["PATH"], DATABASE_URL: fleet.databaseUrl },
    stdio: ["pipe", "ignore", "inherit"],
  });
  child.stdin.end(`${operator.password}\n`);
  const [code] = (await once(child, "close")) as [number | null];
  assert.equal(code, 0);
}

suite("a refresh token", () => {
  test("has one successor, however many race for it; used again later it ends the session", async () => {
    const user = await newUser();
    const refresh = (token = user.refreshToken) => post("/auth/refresh", { refresh_token: token });
    const raced = await Promise.all(Array.from({ length: 20 }, () => refresh()));
    assert.ok(raced.every(({ status }) => status === 200));
    const successors = new Set(raced.map(({ body }) => body.refresh_token as string));
    assert.equal(successors.size, 1);
    const [successor = ""] = successors;
    assert.notEqual(successor, user.refreshToken);

    // The grace has passed.
    await witness.query(
      "update refresh_tokens set rotated_at = rotated_at - interval '1 minute' where tenant_id = $1",
      [tenant.tenantId],
    );
    assert.equal((await refresh()).status, 401);
    assert.equal((await refresh(successor)).status, 401, "whoever stole it has lost it, too");
    assert.equal((await user.call("GET", "/auth/me")).status, 401);
  });

  test("is worth nothing past the absolute end of its session", async () => {
    const user = await newUser();
    await witness.query("update sessions set expires_at = now() where user_id = $1", [user.id]);
    assert.equal((await post("/auth/refresh", { refresh_token: user.refreshToken })).status, 401);
    assert.equal((await user.call("GET", "/auth/me")).status, 401);
  });
});

suite("sessions", () => {
  test("are listed and ended by their user, and by an admin, and by nobody else", async () => {
    const user = await newUser();
    const [second, third] = [await loggedIn(user.id, user.email), await loggedIn(user.id, user.email)];
    const { body } = await user.call("GET", "/sessions");
    assert.equal(body.items.length, 3);
    const [latest] = body.items as { id: string }[];
    const stranger = await newUser();
    assert.equal((await stranger.call("DELETE", `/sessions/${latest?.id}`)).status, 404);
    assert.equal((await user.call("DELETE", `/sessions/${latest?.id}`)).status, 204);
    assert.equal((await third.call("GET", "/auth/me")).status, 401);
    assert.equal((await user.call("DELETE", "/sessions")).body.ended, 1);
    assert.equal((await second.call("GET", "/auth/me")).status, 401);
    assert.equal((await stranger.call("GET", `/users/${user.id}/sessions`)).status, 403);
    const seen = await tenant.call("GET", `/users/${user.id}/sessions`);
    const path = `/users/${user.id}/sessions/${seen.body.items[0].id}`;
    assert.equal((await other.call("DELETE", path)).status, 404);
    assert.equal((await tenant.call("DELETE", path)).status, 204);
    assert.equal((await user.call("GET", "/auth/me")).status, 401);
  });
});

suite("an admin", () => {
  test("who is the last stays one, and makes no super admin by any door", async () => {
    const { body: me } = await other.call("GET", "/auth/me");
    const path = `/users/${me.id}`;
    for (const [method, body] of [
      ["DELETE", undefined],
      ["PUT", { role: "user" }],
      ["PUT", { is_active: false }],
    ] as const) {
      const { status, body: problem } = await other.call(method, path, body);
      assert.deepEqual([status, problem.code], [409, "last_admin"]);
    }
    const person = { email: `${randomUUID()}@corp.example`, first_name: "S", last_name: "A" };
    const role = "super_admin";
    assert.equal((await other.call("POST", "/users", { ...person, password, role })).status, 403);
    assert.equal((await other.call("POST", "/invitations", { email: person.email, role })).status, 403);
    assert.equal((await other.call("PUT", path, { role })).status, 403);
    const imported = await fetch(`${fleet.origin}/api/v1/users/import`, {
      method: "POST",
      headers: { authorization: `Bearer ${other.accessToken}`, "content-type": "application/x-ndjson" },
      body: JSON.stringify({ ...person, role }),
    });
    const { created, failed } = (await imported.json()) as { created: number; failed: number };
    assert.deepEqual([created, failed], [0, 1]);
  });
});

suite("the chain of an audit log", () => {
  test("names the row that somebody changed in the database", async () => {
    const customer = await registerTenant(fleet.origin);
    const verdict = async () => (await customer.call("GET", "/audit-logs/verify")).body;
    await eventually("all is in the chain", async () => {
      const { waiting, checked } = await verdict();
      return waiting === 0 && checked > 0;
    });
    await witness.query("begin");
    await witness.query("set local session_replication_role = replica");
    await witness.query(
      "update audit_logs set action = 'nothing.happened' where tenant_id = $1 and id = (select min(id::text)::uuid from audit_logs where tenant_id = $1)",
      [customer.tenantId],
    );
    await witness.query("commit");
    const found = await verdict();
    assert.equal(found.is_intact, false, JSON.stringify(found));
  });
});
