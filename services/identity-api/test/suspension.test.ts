import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { before, suite, test } from "node:test";
import { newId, withPlatform, withTenant, type Actor } from "@condo/schema";
import { changeLimits, takeStep, type Step } from "@condo/tenancy";
import { newMailToken } from "../src/mail-token.ts";
import { setInvitationToken } from "../src/repositories/invitations.ts";
import { assertProblem, password, startPeople, type Caller, type People } from "./people.ts";

const actor: Actor = { type: "operator", id: "test", requestId: null, address: null };
const by = { actor, isOperator: false };

let people: People;
before(async () => {
  people = await startPeople();
});

const take = (tenantId: string, step: Step) =>
  withPlatform(people.db.platform, (trx) => takeStep(trx, tenantId, step, by));

/** Every way to prove who one is, and the status that answers it. */
async function credentialsOf(admin: Caller): Promise<[name: string, present: () => Promise<number>][]> {
  const { send, elsewhere } = people;
  const made = await send(admin, "POST", "/api-keys", { name: "k", scopes: ["webhook_sources:read"] });
  assert.equal(made.statusCode, 201, made.body);
  const { key } = made.json<{ key: string }>();
  const [name, secret] = [`svc-${randomBytes(4).toString("hex")}`, randomBytes(16).toString("hex")];
  await people.db.platform
    .insertInto("service_clients")
    .values({
      name,
      secret_hash: createHash("sha256").update(secret).digest(),
      permissions: ["webhook_sources:read"],
    })
    .execute();
  const issue = () =>
    send(null, "POST", "/auth/service-token", {
      client_id: name,
      client_secret: secret,
      tenant_id: admin.tenantId,
    });
  const service = (await issue()).json<{ access_token: string }>().access_token;
  const read = async (authorization: string) =>
    (await elsewhere.inject({ url: "/webhook_sources-read", headers: { authorization } })).statusCode;
  const statusOf = async (answer: Promise<{ statusCode: number }>) => (await answer).statusCode;
  return [
    ["access token, here", () => statusOf(send(admin, "GET", "/auth/me"))],
    ["access token, at another service", () => read(`Bearer ${admin.token}`)],
    ["API key", () => read(`Bearer ${key}`)],
    ["service token", () => read(`Bearer ${service}`)],
    ["a new service token", () => statusOf(issue())],
    [
      "password",
      () =>
        statusOf(
          send(
            null,
            "POST",
            "/auth/login",
            { email: admin.email, password },
            { "x-tenant-id": admin.tenantId },
          ),
        ),
    ],
  ];
}

suite("suspending a tenant", () => {
  test("ends every credential on the next request, at every service; resuming brings them back", async () => {
    const [admin, other] = [await people.registerTenant(), await people.registerTenant()];
    const [own, others] = [await credentialsOf(admin), await credentialsOf(other)];
    const before = new Map<string, number>();
    for (const [name, present] of own) before.set(name, await present());
    for (const [name, status] of before) assert.equal(status, 200, name);
    for (const step of ["suspend", "close"] as const) {
      await take(admin.tenantId, step);
      for (const [name, present] of own) {
        const status = await present();
        assert.ok(status === 401 || status === 404, `${name}: ${status} after ${step}`);
      }
      for (const [name, present] of others) {
        assert.equal(await present(), 200, `${name} of another tenant`);
      }
    }
    await take(admin.tenantId, "reopen");
    await take(admin.tenantId, "resume");
    for (const [name, present] of own) assert.equal(await present(), before.get(name), name);
  });

  test("refuses a refresh, whose token is good again when the tenant is", async () => {
    const admin = await people.registerTenant();
    const refresh = () => people.send(null, "POST", "/auth/refresh", { refresh_token: admin.refreshToken });
    await take(admin.tenantId, "suspend");
    assert.equal((await refresh()).statusCode, 401);
    const { rotated_at: rotatedAt } = await people.db.platform
      .selectFrom("refresh_tokens")
      .select("rotated_at")
      .where("tenant_id", "=", admin.tenantId)
      .executeTakeFirstOrThrow();
    assert.equal(rotatedAt, null);
    await take(admin.tenantId, "resume");
    assert.equal((await refresh()).statusCode, 200);
  });
});

suite("a plan's quota of users", () => {
  const user = (n: number | string) => ({
    email: `u${n}@example.com`,
    password,
    first_name: "U",
    last_name: "U",
  });
  const limit = (tenantId: string, users: number | null) =>
    withPlatform(people.db.platform, (trx) => changeLimits(trx, tenantId, { overrides: { users } }, by));

  test("has room for one more once, however many come at once; the deleted make room, until they are restored", async () => {
    const admin = await people.registerTenant();
    await limit(admin.tenantId, 2);
    const answers = await Promise.all([1, 2, 3, 4].map((n) => people.send(admin, "POST", "/users", user(n))));
    const statuses = answers.map(({ statusCode }) => statusCode).toSorted((one, two) => one - two);
    assert.deepEqual(statuses, [201, 402, 402, 402]);
    const refused = answers.find(({ statusCode }) => statusCode === 402);
    assert.equal(refused?.json<{ code: string }>().code, "quota_users");
    const made = answers.find(({ statusCode }) => statusCode === 201)?.json<{ id: string }>();
    await people.send(admin, "DELETE", `/users/${made?.id}`);
    assert.equal((await people.send(admin, "POST", "/users", user(5))).statusCode, 201);
    const restored = await people.send(admin, "POST", `/users/${made?.id}/restore`);
    assert.equal(restored.json<{ code: string }>().code, "quota_users");
  });

  test("bounds who accepts an invitation, which is good still when there is room", async () => {
    const admin = await people.registerTenant();
    await limit(admin.tenantId, 1);
    const email = `${newId()}@example.com`;
    const invited = await people.send(admin, "POST", "/invitations", { email });
    assert.equal(invited.statusCode, 201, invited.body);
    const { token, hash } = newMailToken("invitation", admin.tenantId);
    await withTenant(people.db.app, admin.tenantId, (trx) =>
      setInvitationToken(trx, invited.json<{ id: string }>().id, hash),
    );
    const accept = () =>
      people.send(null, "POST", "/invitations/accept", { token, password, first_name: "U", last_name: "U" });
    assertProblem(await accept(), 402, "quota_users");
    await limit(admin.tenantId, 2);
    assert.equal((await accept()).statusCode, 201);
  });

  test("bounds an import: what fits is created, the rest is told; or nothing, where all is asked for", async () => {
    const admin = await people.registerTenant();
    await limit(admin.tenantId, 3);
    const csv = [
      "email,first_name,last_name",
      `${admin.email},A,A`,
      ...[1, 2, 3].map((n) => `i${n}@example.com,I,I`),
    ].join("\n");
    const send = (mode: string) =>
      people.send(admin, "POST", `/users/import?mode=${mode}`, csv, { "content-type": "text/csv" });
    assert.equal((await send("all")).statusCode, 422);
    const { created, results } = (await send("some")).json<{
      created: number;
      results: { status: string; code?: string }[];
    }>();
    assert.equal(created, 2);
    assert.deepEqual(
      results.map(({ status, code }) => code ?? status),
      ["email_taken", "created", "created", "quota_users"],
    );
  });

  test("an identity provider of its own is a feature", async () => {
    const admin = await people.registerTenant();
    await withPlatform(people.db.platform, (trx) =>
      changeLimits(trx, admin.tenantId, { overrides: { oidc: false } }, by),
    );
    const body = {
      issuer: "https://id.example",
      client_id: "c",
      client_secret: "s",
      allowed_domains: ["example.com"],
      default_role: "user",
    };
    const answer = await people.send(admin, "PUT", "/oidc", body);
    assert.equal(answer.statusCode, 403, answer.body);
    assert.equal(answer.json<{ code: string }>().code, "feature_oidc");
  });
});
