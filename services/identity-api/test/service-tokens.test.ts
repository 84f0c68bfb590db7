import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { before, suite, test } from "node:test";
import { promisify } from "node:util";
import { newId, platformTenant, withPlatform, withTenant } from "@condo/schema";
import { decodeJwt, decodeProtectedHeader, SignJWT, type JWTPayload } from "jose";
import * as openid from "openid-client";
import { post, startFleet } from "./fleet.ts";

const condoCommand = new URL("../../../packages/cli/src/main.ts", import.meta.url).pathname;

interface Client {
  client_id: string;
  client_secret: string;
}

let fleet: Awaited<ReturnType<typeof startFleet>>;
let url: string;
let tenantId: string;
let otherTenantId: string;
let admin: string;
let billing: Client;
let privateKey: KeyObject;
let kid: string;

before(async () => {
  fleet = await startFleet();
  url = `${fleet.identity[0]}/api/v1/auth/service-token`;
  ({ access_token: admin } = await fleet.registerAndLogIn("acme"));
  tenantId = String(decodeJwt(admin)["tid"]);
  otherTenantId = String(decodeJwt((await fleet.registerAndLogIn("other")).access_token)["tid"]);
  billing = await createService("billing", "users:read", "roles:read");
  const key = await fleet.db.app
    .selectFrom("signing_keys")
    .selectAll()
    .where("state", "=", "current")
    .executeTakeFirstOrThrow();
  kid = key.kid;
  privateKey = createPrivateKey(fleet.sealer.open(key.private_key_sealed, `signing_key:${kid}`));
});

async function condo(...args: string[]): Promise<Client> {
  const { stdout } = await promisify(execFile)(process.execPath, [condoCommand, "--json", ...args], {
    env: { DATABASE_URL: fleet.db.platformUrl },
  });
  return JSON.parse(stdout) as Client;
}

const createService = (name: string, ...permissions: string[]) =>
  condo("services", "create", name, "--permission", ...permissions);

async function issue(client: Client, tenant = tenantId): Promise<string> {
  const { client_id, client_secret } = client;
  const answer = await post(url, { client_id, client_secret, tenant_id: tenant });
  assert.equal(answer.status, 200, await answer.clone().text());
  return ((await answer.json()) as { access_token: string }).access_token;
}

const call = (origin: string, path: string, token: string, init: RequestInit = {}) =>
  fetch(`${origin}/api/v1${path}`, {
    ...init,
    headers: { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string>) },
  });

async function assertProblem(answer: Response, status: number, code: string): Promise<void> {
  const body = (await answer.json()) as { code: string };
  assert.equal(answer.status, status, body.code);
  assert.equal(body.code, code);
  assert.match(String(answer.headers.get("content-type")), /^application\/problem\+json/);
  if (status === 401) assert.equal(answer.headers.get("www-authenticate"), "Bearer");
}

async function assertRefused(token: string, code = "invalid_token"): Promise<void> {
  for (const origin of fleet.services) await assertProblem(await call(origin, "/users", token), 401, code);
}

const audited = (action: string) =>
  withTenant(fleet.db.app, tenantId, (trx) =>
    trx.selectFrom("audit_logs").selectAll().where("action", "=", action).orderBy("id").execute(),
  );

/** As openid-client asks, which nobody here wrote. */
function grant(clientAuth: openid.ClientAuth, tenant = tenantId) {
  const server = { issuer: fleet.config.PUBLIC_URL, token_endpoint: url };
  const config = new openid.Configuration(server, billing.client_id, undefined, clientAuth);
  openid.allowInsecureRequests(config);
  return openid.clientCredentialsGrant(config, { tenant_id: tenant });
}

suite("a service", () => {
  test("gets a token of five minutes for one tenant, good on every service for its permissions", async () => {
    const answer = await post(url, { ...only(billing), tenant_id: tenantId });
    assert.equal(answer.headers.get("cache-control"), "no-store");
    const body = (await answer.json()) as { access_token: string; token_type: string; expires_in: number };
    assert.deepEqual(Object.keys(body).sort(), ["access_token", "expires_in", "token_type"]);
    assert.equal(body.expires_in, 300);
    const claims = decodeJwt(body.access_token);
    assert.equal(Number(claims.exp) - Number(claims.iat), 300);
    assert.equal(claims.aud, "condo");
    assert.equal(claims.sub, "service:billing");
    assert.equal(claims["tid"], tenantId);
    assert.equal(claims["typ"], "service");
    assert.equal(decodeProtectedHeader(body.access_token).kid, kid);
    for (const origin of fleet.services) {
      assert.equal((await call(origin, "/users", body.access_token)).status, 200);
    }
    const users = await call(fleet.identity[1], "/users", body.access_token);
    const { items } = (await users.json()) as { items: { email: string }[] };
    assert.deepEqual(
      items.map(({ email }) => email),
      ["admin@acme.example"],
      "of its tenant alone",
    );
    const invite = await call(fleet.identity[0], "/invitations", body.access_token);
    await assertProblem(invite, 403, "permission_denied");
  });

  test("is served as OAuth 2 has it, by form and by HTTP Basic", async () => {
    for (const auth of [
      openid.ClientSecretPost(billing.client_secret),
      openid.ClientSecretBasic(billing.client_secret),
    ]) {
      const tokens = await grant(auth);
      assert.equal(tokens.token_type, "bearer");
      assert.equal((await call(fleet.elsewhere, "/users", tokens.access_token)).status, 200);
    }
    await assert.rejects(grant(openid.ClientSecretPost("cs_wrong")));
    await assert.rejects(grant(openid.ClientSecretBasic("cs_wrong")));
  });

  test("that is unknown or has another secret gets the same answer, and that is in the audit log", async () => {
    const before = (await audited("service_token.refused")).length;
    const answers = [
      { client_id: "nobody", client_secret: billing.client_secret },
      { client_id: "billing", client_secret: `${billing.client_secret}x` },
      { client_id: "billing" },
      {},
    ];
    for (const given of answers) {
      await assertProblem(await post(url, { ...given, tenant_id: tenantId }), 401, "invalid_client");
    }
    const basic = (text: string) => ({
      authorization: `Basic ${Buffer.from(text).toString("base64")}`,
      "content-type": "application/x-www-form-urlencoded",
    });
    for (const headers of [basic("billing"), basic("billing:x:y"), basic(":"), basic("billing:%zz")]) {
      const answer = await fetch(url, { method: "POST", headers, body: `tenant_id=${tenantId}` });
      await assertProblem(answer, 401, "invalid_client");
    }
    const twoWays = await fetch(url, {
      method: "POST",
      headers: basic(`billing:${billing.client_secret}`),
      body: `tenant_id=${tenantId}&client_id=billing&client_secret=${billing.client_secret}`,
    });
    await assertProblem(twoWays, 401, "invalid_client");
    const refused = (await audited("service_token.refused")).slice(before);
    assert.deepEqual(
      refused.slice(0, 2).map((entry) => [entry.actor_type, entry.subject_id, entry.address !== null]),
      [
        ["anonymous", "nobody", true],
        ["anonymous", "billing", true],
      ],
    );
  });

  test("names a tenant that is there, and sends nothing else", async () => {
    const good = only(billing);
    await assertProblem(await post(url, { ...good, tenant_id: newId() }), 404, "not_found");
    for (const wrong of [
      good,
      { ...good, tenant_id: "acme" },
      { ...good, tenant_id: tenantId, permissions: ["users:write"] },
      { ...good, tenant_id: tenantId, grant_type: "password" },
    ]) {
      await assertProblem(await post(url, wrong), 422, "validation_failed");
    }
    const twice = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: `tenant_id=${tenantId}&tenant_id=${otherTenantId}&client_id=billing&client_secret=x`,
    });
    await assertProblem(twice, 422, "validation_failed");
  });
});

suite("a service token", () => {
  test("that is forged, of another audience or issuer, early or expired is refused", async () => {
    const token = await issue(billing);
    const claims = decodeJwt(token);
    const signed = (change: JWTPayload, key = privateKey, alg = "EdDSA") =>
      new SignJWT({ ...claims, ...change }).setProtectedHeader({ alg, kid, typ: "at+jwt" }).sign(key);
    assert.equal((await call(fleet.elsewhere, "/users", await signed({}))).status, 200);
    const now = Math.floor(Date.now() / 1000);
    await assertRefused(await signed({ exp: now - 1 }), "token_expired");
    for (const change of [
      { aud: "another" },
      { iss: "http://evil.example" },
      { nbf: now + 600 },
      { sub: "billing" },
      { sub: "service:" },
      { typ: undefined },
      { typ: "user" },
      { tid: undefined },
      { tid: "acme" },
      { sid: newId(), role: "super_admin" },
    ] as JWTPayload[]) {
      await assertRefused(await signed(change));
    }
    await assertRefused(await signed({ sub: "service:nobody" }), "service_ended");
    await assertRefused(await signed({ tid: newId() }), "service_ended");
    await assertRefused(await signed({}, generateKeyPairSync("ed25519").privateKey));
    const [header, , signature] = token.split(".");
    const other = Buffer.from(JSON.stringify({ ...claims, tid: otherTenantId })).toString("base64url");
    await assertRefused(`${header}.${other}.${signature}`);
  });

  test("can't be made of a person's token, nor the other way round", async () => {
    const person = decodeJwt(admin);
    const sign = (claims: JWTPayload) =>
      new SignJWT(claims).setProtectedHeader({ alg: "EdDSA", kid }).sign(privateKey);
    await assertRefused(await sign({ ...person, typ: "service" }));
    await assertRefused(await sign({ ...person, sub: "service:billing" }), "session_ended");
  });

  test("holds to its tenant", async () => {
    const token = await issue(billing);
    for (const headers of [{ "x-tenant-id": otherTenantId }, { "x-tenant-id": "other" }]) {
      for (const origin of fleet.services) {
        await assertProblem(await call(origin, "/users", token, { headers }), 403, "tenant_mismatch");
      }
    }
    const theirs = await call(fleet.identity[0], "/users", await issue(billing, otherTenantId));
    const [stranger] = ((await theirs.json()) as { items: { id: string }[] }).items;
    assert.ok(stranger);
    await assertProblem(await call(fleet.identity[0], `/users/${stranger.id}`, token), 404, "not_found");
  });

  test("is no person", async () => {
    const strong = await issue(await createService("strong", "api_keys:write", "invitations:write"));
    const json = { "content-type": "application/json" };
    for (const [method, path, body] of [
      ["GET", "/auth/me"],
      ["POST", "/auth/logout"],
      ["GET", "/sessions"],
      ["POST", "/auth/mfa/totp"],
      ["POST", "/api-keys", { name: "child", scopes: ["api_keys:write"] }],
      ["POST", "/invitations", { email: "joan@example.com", role: "user" }],
    ] as const) {
      const init = body ? { method, headers: json, body: JSON.stringify(body) } : { method };
      const answer = await call(fleet.identity[0], path, strong, init);
      // Inviting takes permissions first, which this service lacks; the rest takes a person.
      const code = path === "/invitations" ? "beyond_authority" : "user_required";
      await assertProblem(answer, 403, code);
    }
    await assertProblem(await call(fleet.elsewhere, "/auth/me", strong), 403, "user_required");
  });

  test("is the actor of what it does, and of what it is denied", async () => {
    const hr = await createService("hr", "users:write", "tenant:read", "webhook_sources:read");
    const token = await issue(hr);
    const answer = await call(fleet.identity[0], "/roles", token);
    await assertProblem(answer, 403, "permission_denied");
    const issued = (await audited("service_token.issued")).find((entry) => entry.actor_id === "hr");
    assert.equal(issued?.actor_type, "service");
    assert.ok(issued.address && issued.request_id);
    const denied = (await audited("access.denied")).find((entry) => entry.actor_id === "hr");
    assert.equal(denied?.actor_type, "service");
    const unlocked = await call(fleet.identity[0], `/users/${String(decodeJwt(admin).sub)}/unlock`, token, {
      method: "POST",
    });
    await assertProblem(unlocked, 403, "beyond_authority");
  });

  test("ends with its service on the next request, everywhere", async () => {
    const short = await createService("short-lived", "users:read");
    const token = await issue(short);
    for (const origin of fleet.services) assert.equal((await call(origin, "/users", token)).status, 200);
    await condo("services", "revoke", "short-lived");
    await assertRefused(token, "service_ended");
    await assertProblem(await post(url, { ...only(short), tenant_id: tenantId }), 401, "invalid_client");
  });

  test("follows the tenant and the permissions as they are now", async () => {
    const token = await issue(billing, otherTenantId);
    const set = (status: "suspended" | "active") =>
      withTenant(fleet.db.app, otherTenantId, (trx) => trx.updateTable("tenants").set({ status }).execute());
    await set("suspended");
    await assertRefused(token, "service_ended");
    await assertProblem(await post(url, { ...only(billing), tenant_id: otherTenantId }), 404, "not_found");
    await set("active");
    assert.equal((await call(fleet.elsewhere, "/users", token)).status, 200);
    const permit = (permissions: string[]) =>
      withPlatform(fleet.db.platform, (trx) =>
        trx.updateTable("service_clients").set({ permissions }).where("name", "=", "billing").execute(),
      );
    await permit(["roles:read", "no:such"]);
    await assertProblem(await call(fleet.elsewhere, "/users", token), 403, "permission_denied");
    await permit(["users:read", "roles:read"]);
  });
});

suite("a service's secret", () => {
  test("is rotated with an overlap, or at once", async () => {
    const old = await createService("rotated", "users:read");
    const fresh = await condo("services", "rotate", "rotated", "--overlap", "60");
    assert.notEqual(fresh.client_secret, old.client_secret);
    for (const client of [old, fresh]) await issue(client);
    const third = await condo("services", "rotate", "rotated", "--overlap", "0");
    for (const client of [old, fresh]) {
      await assertProblem(await post(url, { ...only(client), tenant_id: tenantId }), 401, "invalid_client");
    }
    await issue(third);
  });

  test("is stored as a hash, and what operators do is in their audit log", async () => {
    const client = await createService("audited", "users:read");
    const stored = await withPlatform(fleet.db.platform, async (trx) => ({
      clients: await trx.selectFrom("service_clients").selectAll().execute(),
      logs: await trx.selectFrom("audit_logs").selectAll().execute(),
    }));
    assert.ok(!JSON.stringify(stored).includes(client.client_secret.slice(3)));
    const entry = stored.logs.find((log) => log.subject_id === "audited");
    assert.equal(entry?.action, "service.created");
    assert.equal(entry.actor_type, "operator");
    assert.equal(entry.tenant_id, platformTenant.id);
  });

  test("is nothing that a service of Condo's can read", async () => {
    await assert.rejects(
      fleet.db.app.selectFrom("service_clients").selectAll().execute(),
      /permission denied/,
    );
  });
});

function only({ client_id, client_secret }: Client): Client {
  return { client_id, client_secret };
}
