import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { before, suite, test } from "node:test";
import { newId, withPlatform, withTenant } from "@condo/schema";
import { changeLimits, takeStep } from "@condo/tenancy";
import { atEnd, proveTestDomain } from "@condo/testing";
import type { LightMyRequestResponse } from "fastify";
import { client, startIdentityProvider, type Account } from "./identity-provider.ts";
import { assertProblem, startPeople, type Caller, type People } from "./people.ts";

const redirectUriOf = (tenantId: string) => `http://localhost:8080/api/v1/auth/oidc/${tenantId}/callback`;

const by = {
  actor: { type: "operator", id: "test", requestId: null, address: null },
  isOperator: false,
} as const;

let people: People;
let idp: Awaited<ReturnType<typeof startIdentityProvider>>;
before(async () => {
  people = await startPeople({ OUTBOUND_ALLOW: "127.0.0.1/32" });
  idp = await startIdentityProvider();
});

const settings = (change: object = {}) => ({
  issuer: idp.issuer,
  client_id: client.id,
  client_secret: client.secret,
  allowed_domains: ["corp.example"],
  default_role: "readonly",
  ...change,
});

interface Customer {
  admin: Caller;
  slug: string;
}

/** A tenant that has its own identity provider. */
async function customer(change: object = {}): Promise<Customer> {
  const admin = await people.registerTenant();
  const put = await people.send(admin, "PUT", "/oidc", settings(change));
  assert.equal(put.statusCode, 200, put.body);
  idp.allow(put.json<{ redirect_uri: string }>().redirect_uri);
  const me = await people.send(admin, "GET", "/auth/me");
  return { admin, slug: me.json<{ tenant_slug: string }>().tenant_slug };
}

const person = (change: Partial<Account> = {}): Account => ({
  sub: newId(),
  email: `${newId()}@corp.example`,
  email_verified: true,
  given_name: "Grace",
  family_name: "Hopper",
  ...change,
});

/** A browser's part: it begins, and keeps the cookie. */
async function begin({ slug }: Customer, query = "") {
  const answer = await people.app.inject(`/api/v1/auth/oidc/${slug}/start${query}`);
  assert.equal(answer.statusCode, 302, answer.body);
  assert.equal(answer.headers["cache-control"], "no-store");
  const cookie = String(answer.headers["set-cookie"]);
  return {
    url: new URL(String(answer.headers.location)),
    cookieLine: cookie,
    cookie: cookie.split(";", 1)[0] ?? "",
  };
}

function comeBack(callback: URL, cookie: string): Promise<LightMyRequestResponse> {
  assert.equal(callback.origin, "http://localhost:8080");
  return people.app.inject({ url: `${callback.pathname}${callback.search}`, headers: { cookie } });
}

const exchange = (code: string, cookie: string) =>
  people.send(null, "POST", "/auth/oidc/token", { code }, { cookie });

/** The whole way; answers what the code was exchanged for. */
async function signIn(at: Customer, account: Account): Promise<LightMyRequestResponse> {
  const { url, cookie } = await begin(at);
  const back = await comeBack(await idp.logIn(url.href, account), cookie);
  if (back.statusCode !== 200) return back;
  return exchange(back.json<{ code: string }>().code, cookie);
}

interface Answer {
  access_token: string;
  mfa_required?: boolean;
  user_info: { id: string; email: string; role: string; first_name: string; last_name: string };
}

suite("somebody from the tenant's own identity provider", () => {
  test("is made a user the first time, and is the same one after", async () => {
    const tenant = await customer();
    const account = person();
    const first = await signIn(tenant, account);
    assert.equal(first.statusCode, 200, first.body);
    assert.equal(first.headers["cache-control"], "no-store");
    const { user_info, access_token } = first.json<Answer>();
    assert.equal(user_info.email, account.email);
    assert.equal(user_info.role, "readonly");
    assert.equal(`${user_info.first_name} ${user_info.last_name}`, "Grace Hopper");
    const me = await people.app.inject({
      url: "/api/v1/auth/me",
      headers: { authorization: `Bearer ${access_token}` },
    });
    assert.equal(me.statusCode, 200);
    const moved = { ...account, email: `${newId()}@corp.example` };
    assert.equal((await signIn(tenant, moved)).json<Answer>().user_info.id, user_info.id);
    const [entry] = (await people.audited(tenant.admin.tenantId, "login.succeeded")).slice(-1);
    assert.deepEqual(entry?.after, { methods: ["idp"] });
  });

  test("is bound to the user who has the address already", async () => {
    const tenant = await customer();
    const account = person();
    const user = await people.addUser(tenant.admin, { email: account.email, role: "user" });
    const answer = (await signIn(tenant, account)).json<Answer>();
    assert.equal(answer.user_info.id, user.id);
    assert.equal(answer.user_info.role, "user");
  });

  test("is not who has another address, of which nobody says that it is verified", async () => {
    const tenant = await customer();
    const other = await people.addUser(tenant.admin, { email: `${newId()}@corp.example` });
    const account = person({ idTokenEmail: other.email });
    const answer = await signIn(tenant, account);
    assert.equal(answer.json<Answer>().user_info.email, account.email, answer.body);
  });

  test("gets back to a page with a code, and no token is in a URL", async () => {
    const { url, cookie } = await begin(await customer(), "?return_to=/welcome?tab=1");
    const back = await comeBack(await idp.logIn(url.href, person()), cookie);
    assert.equal(back.statusCode, 302, back.body);
    const target = new URL(String(back.headers.location));
    assert.equal(target.origin + target.pathname, "http://localhost:8080/welcome");
    // Nothing else is in it: a code is good once, and for the browser that has the cookie.
    assert.match(target.search + target.hash, /^\?tab=1&code=oc_[\w-]+$/);
    const done = await exchange(String(target.searchParams.get("code")), cookie);
    assert.ok(done.json<Answer>().access_token, done.body);
  });

  test("passes the second factor here, unless the provider asked for one", async () => {
    const tenant = await customer();
    const required = await withTenant(people.db.app, tenant.admin.tenantId, (trx) =>
      trx
        .insertInto("mfa_policies")
        .values({ tenant_id: tenant.admin.tenantId, is_required: true })
        .execute(),
    );
    assert.ok(required);
    const bare = (await signIn(tenant, person())).json<Answer>();
    assert.equal(bare.mfa_required, true);
    const strong = await signIn(tenant, person({ amr: ["pwd", "mfa"] }));
    assert.ok(strong.json<Answer>().access_token, strong.body);
  });
});

suite("does not get in", () => {
  const refusals: [why: string, account: Partial<Account>, reason: string][] = [
    ["an address of another domain", { email: "a@elsewhere.example" }, "domain_not_allowed"],
    ["an address that ends like the domain", { email: "a@evilcorp.example" }, "domain_not_allowed"],
    ["an address with the domain before the @", { email: "corp.example@x.example" }, "domain_not_allowed"],
    ["an address that is not verified", { email_verified: false }, "email_unverified"],
  ];
  for (const [why, change, reason] of refusals) {
    test(why, async () => {
      const tenant = await customer();
      assertProblem(await signIn(tenant, person(change)), 401, "oidc_refused");
      const entries = await people.audited(tenant.admin.tenantId, "login.failed");
      assert.deepEqual(
        entries.map((entry) => entry.after),
        [{ method: "idp", reason }],
      );
      const users = await people.send(tenant.admin, "GET", "/users");
      assert.equal(users.json<{ items: object[] }>().items.length, 1, "nobody was made");
    });
  }

  test("a user who is disabled, deleted, or a super admin", async () => {
    const tenant = await customer();
    const account = person();
    const { id } = (await signIn(tenant, account)).json<Answer>().user_info;
    await people.send(tenant.admin, "PUT", `/users/${id}`, { is_active: false });
    assertProblem(await signIn(tenant, account), 401, "oidc_refused");
    await people.send(tenant.admin, "DELETE", `/users/${id}`);
    assertProblem(await signIn(tenant, account), 401, "oidc_refused");

    const boss = person();
    const user = await people.addUser(tenant.admin, { email: boss.email });
    await withTenant(people.db.app, tenant.admin.tenantId, (trx) =>
      trx.updateTable("users").set({ role: "super_admin" }).where("id", "=", user.id).execute(),
    );
    assertProblem(await signIn(tenant, boss), 401, "oidc_refused");
  });

  test("a user whose role lets them do more than an admin, who sets the provider", async () => {
    const tenant = await customer();
    const account = person();
    const user = await people.addUser(tenant.admin, { email: account.email });
    const setRole = (permissions: string[]) =>
      withTenant(people.db.app, tenant.admin.tenantId, async (trx) => {
        const role = { id: newId(), tenant_id: tenant.admin.tenantId, description: "", permissions };
        await trx
          .insertInto("roles")
          .values({ ...role, name: role.id })
          .execute();
        await trx.updateTable("users").set({ role_id: role.id }).where("id", "=", user.id).execute();
      });
    await setRole(["users:write", "tenants:write"]);
    assertProblem(await signIn(tenant, account), 401, "oidc_refused");
    await setRole(["users:write"]);
    assert.equal((await signIn(tenant, account)).statusCode, 200);
  });

  test("anybody, once the provider is taken away, or is another, in the middle of it", async () => {
    const tenant = await customer();
    const { url, cookie } = await begin(tenant);
    const callback = await idp.logIn(url.href, person());
    assert.equal((await people.send(tenant.admin, "DELETE", "/oidc")).statusCode, 204);
    assertProblem(await comeBack(callback, cookie), 401, "oidc_refused");
    const start = await people.app.inject(`/api/v1/auth/oidc/${tenant.slug}/start`);
    assertProblem(start, 404, "not_found");
  });
});

suite("somebody who comes for the first time", () => {
  const usersOf = ({ admin }: Customer) =>
    withTenant(people.db.app, admin.tenantId, (trx) => trx.selectFrom("users").select("id").execute());

  test("has no place where the plan has none, but those who are there get in", async () => {
    const tenant = await customer();
    const account = person();
    assert.equal((await signIn(tenant, account)).statusCode, 200);
    await withPlatform(people.db.platform, (trx) =>
      changeLimits(trx, tenant.admin.tenantId, { overrides: { users: 2 } }, by),
    );
    assertProblem(await signIn(tenant, person()), 401, "oidc_refused");
    const [entry] = (await people.audited(tenant.admin.tenantId, "login.failed")).slice(-1);
    assert.deepEqual(entry?.after, { method: "idp", reason: "quota_users" });
    assert.equal((await usersOf(tenant)).length, 2);
    assert.equal((await signIn(tenant, account)).statusCode, 200);
  });

  test("finds no way into a tenant that is suspended, at whichever step", async () => {
    const tenant = await customer();
    const take = (step: "suspend" | "resume") =>
      withPlatform(people.db.platform, (trx) => takeStep(trx, tenant.admin.tenantId, step, by));
    const { url, cookie } = await begin(tenant);
    const callback = await idp.logIn(url.href, person());
    await take("suspend");
    assertProblem(await comeBack(callback, cookie), 401, "oidc_refused");
    assert.equal((await usersOf(tenant)).length, 1);
    assertProblem(await people.app.inject(`/api/v1/auth/oidc/${tenant.slug}/start`), 404, "not_found");

    await take("resume");
    const next = await begin(tenant);
    const back = await comeBack(await idp.logIn(next.url.href, person()), next.cookie);
    await take("suspend");
    assertProblem(await exchange(back.json<{ code: string }>().code, next.cookie), 401, "invalid_login_step");
  });
});

suite("the way there and back", () => {
  test("carries PKCE, a state and a nonce, each new", async () => {
    const tenant = await customer();
    const [one, two] = [await begin(tenant), await begin(tenant)];
    const { searchParams } = one.url;
    assert.equal(searchParams.get("code_challenge_method"), "S256");
    assert.equal(searchParams.get("response_type"), "code");
    assert.equal(searchParams.get("redirect_uri"), redirectUriOf(tenant.admin.tenantId));
    for (const name of ["state", "nonce", "code_challenge"]) {
      assert.ok((searchParams.get(name)?.length ?? 0) >= 43, name);
      assert.notEqual(searchParams.get(name), two.url.searchParams.get(name));
    }
    assert.match(one.cookieLine, /HttpOnly/);
    assert.match(one.cookieLine, /SameSite=Lax/);
    assert.ok(!one.url.href.includes(one.cookie.split("=")[1] ?? "?"));
  });

  test("is good once, and only in the browser that began it", async () => {
    const tenant = await customer();
    const { url, cookie } = await begin(tenant);
    const callback = await idp.logIn(url.href, person());
    const back = await comeBack(callback, cookie);
    assert.equal(back.statusCode, 200, back.body);
    assertProblem(await comeBack(callback, cookie), 401, "invalid_login_step");

    const { code } = back.json<{ code: string }>();
    const other = await begin(tenant);
    const stolen = await exchange(code, other.cookie);
    assertProblem(stolen, 401, "invalid_login_step");
    assertProblem(await exchange(code, cookie), 401, "invalid_login_step");

    const victim = await begin(tenant);
    const planted = await idp.logIn((await begin(tenant)).url.href, person());
    assertProblem(await comeBack(planted, victim.cookie), 401, "invalid_login_step");
    assertProblem(await comeBack(planted, ""), 401, "invalid_login_step");
  });

  test("gives one session of many exchanges at once", async () => {
    const { url, cookie } = await begin(await customer());
    const back = await comeBack(await idp.logIn(url.href, person()), cookie);
    const { code } = back.json<{ code: string }>();
    const answers = await Promise.all(Array.from({ length: 8 }, () => exchange(code, cookie)));
    assert.equal(answers.filter((answer) => answer.statusCode === 200).length, 1);
  });

  test("refuses a forged answer: another code, state or issuer", async () => {
    const tenant = await customer();
    for (const [name, value] of [
      ["code", "forged"],
      ["iss", "https://evil.example"],
      ["error", "access_denied"],
    ] as const) {
      const { url, cookie } = await begin(tenant);
      const callback = await idp.logIn(url.href, person());
      callback.searchParams.set(name, value);
      assertProblem(await comeBack(callback, cookie), 401, "oidc_refused");
    }
    const { url, cookie } = await begin(tenant);
    const callback = await idp.logIn(url.href, person());
    for (const state of ["", "x", `ost_${"A".repeat(64)}`]) {
      callback.searchParams.set("state", state);
      assertProblem(await comeBack(callback, cookie), 401, "invalid_login_step");
    }
  });

  test("mixes no two: a code of one login does not end another", async () => {
    const tenant = await customer();
    const [mine, theirs] = [await begin(tenant), await begin(tenant)];
    const foreign = await idp.logIn(theirs.url.href, person());
    const callback = await idp.logIn(mine.url.href, person());
    callback.searchParams.set("code", String(foreign.searchParams.get("code")));
    assertProblem(await comeBack(callback, mine.cookie), 401, "oidc_refused");
  });

  test("gives a code of one tenant's provider to no other's", async () => {
    const greedy = await startGreedyProvider();
    const thief = await begin(await customer());
    const victim = await begin(await customer({ issuer: greedy.issuer }));
    // The greedy provider sends the victim on, with what the thief was given for the way to the honest one.
    const onward = new URL(thief.url);
    onward.searchParams.set("state", String(victim.url.searchParams.get("state")));
    const callback = await idp.logIn(onward.href, person());
    // As a provider answers that does not say who it is (RFC 9207).
    callback.searchParams.delete("iss");
    const answer = await comeBack(callback, victim.cookie);
    assert.deepEqual(greedy.codes, []);
    assertProblem(answer, 401, "invalid_login_step");
  });

  test("returns to paths of this origin alone", async () => {
    const { slug } = await customer();
    for (const target of [
      "https://evil.example",
      "//evil.example",
      "/\\evil.example",
      "/\t/evil.example",
      "x",
    ]) {
      const answer = await people.app.inject({
        url: `/api/v1/auth/oidc/${slug}/start`,
        query: { return_to: target },
      });
      assertProblem(answer, 422, "validation_failed");
    }
  });

  test("begins where the callback is, though asked for on the tenant's subdomain or domain", async () => {
    const { admin, slug } = await customer();
    const domain = `${newId()}.example.org`;
    await proveTestDomain(people.db.app, admin.tenantId, domain);
    const path = `/api/v1/auth/oidc/${slug}/start?return_to=/in`;
    for (const host of [`${slug}.localhost:8080`, `${domain}:8080`]) {
      const answer = await people.app.inject({ url: path, headers: { host } });
      assert.equal(answer.statusCode, 302);
      assert.equal(answer.headers.location, `http://localhost:8080${path}`, host);
      assert.equal(answer.headers["set-cookie"], undefined);
    }
  });
});

/** A provider that keeps the codes it is asked to redeem. */
async function startGreedyProvider() {
  const codes: (string | null)[] = [];
  const server = createServer((request, response) => {
    response.setHeader("content-type", "application/json");
    if (request.url !== "/token") {
      return void response.end(
        JSON.stringify({ issuer, authorization_endpoint: `${issuer}/in`, token_endpoint: `${issuer}/token` }),
      );
    }
    return void text(request).then((form) => {
      codes.push(new URLSearchParams(form).get("code"));
      response.writeHead(400).end("{}");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  atEnd(async () => {
    server.closeAllConnections();
    server.close();
  });
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { issuer, codes };
}

suite("the provider's settings", () => {
  test("are an admin's, and never tell the client's secret", async () => {
    const { admin } = await customer();
    const shown = await people.send(admin, "GET", "/oidc");
    assert.equal(shown.json<{ redirect_uri: string }>().redirect_uri, redirectUriOf(admin.tenantId));
    const row = await withTenant(people.db.app, admin.tenantId, (trx) =>
      trx.selectFrom("oidc_providers").selectAll().executeTakeFirstOrThrow(),
    );
    const trail = JSON.stringify(await people.audited(admin.tenantId, "oidc_provider.updated"));
    for (const text of [shown.body, row.client_secret_sealed.toString("latin1"), trail]) {
      assert.ok(!text.includes(client.secret));
    }
    const user = await people.addUser(admin);
    assertProblem(await people.send(user, "GET", "/oidc"), 403, "permission_denied");
    assertProblem(await people.send(user, "PUT", "/oidc", settings()), 403, "permission_denied");
    const other = await people.registerTenant();
    assertProblem(await people.send(other, "GET", "/oidc"), 404, "not_found");
  });

  test("are not for a role that could make itself an admin by them", async () => {
    const { admin } = await customer();
    const role = await people.send(admin, "POST", "/roles", {
      name: "sso",
      permissions: ["oidc:write", "oidc:read"],
    });
    const keeper = await people.addUser(admin, { role: "user", role_id: role.json<{ id: string }>().id });
    assertProblem(await people.send(keeper, "PUT", "/oidc", settings()), 403, "beyond_authority");
  });

  test("are changed from the state that was read, or not at all", async () => {
    const { admin } = await customer();
    const etag = String((await people.send(admin, "GET", "/oidc")).headers["etag"]);
    assert.match(etag, /^"/);
    const put = (change: object) =>
      people.send(admin, "PUT", "/oidc", settings(change), { "if-match": etag });
    const first = await put({ default_role: "user" });
    assert.equal(first.statusCode, 200, first.body);
    assert.notEqual(first.headers["etag"], etag);
    assertProblem(await put({ allowed_domains: ["other.example"] }), 412, "precondition_failed");
    assertProblem(
      await people.send(admin, "DELETE", "/oidc", undefined, { "if-match": etag }),
      412,
      "precondition_failed",
    );
    const now = (await people.send(admin, "GET", "/oidc")).json<{
      allowed_domains: string[];
      default_role: string;
    }>();
    assert.deepEqual([now.allowed_domains, now.default_role], [["corp.example"], "user"]);
  });

  test("take no admin role for those who come, and no odd issuer", async () => {
    const admin = await people.registerTenant();
    for (const change of [
      { default_role: "tenant_admin" },
      { default_role: "super_admin" },
      { allowed_domains: [] },
      { issuer: "file:///etc/passwd" },
      { issuer: "https://user:pass@idp.example" },
      { issuer: "https://idp.example/?a=b" },
      { tenant_id: newId() },
    ]) {
      assertProblem(await people.send(admin, "PUT", "/oidc", settings(change)), 422, "validation_failed");
    }
  });
});

test("an issuer inside the network is never dialled, unless the operator allows it", async () => {
  const strict = await startPeople();
  let visits = 0;
  const server = createServer((_request, response) => response.end("{}"));
  server.on("connection", () => visits++);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const admin = await strict.registerTenant();
  for (const issuer of [
    `http://127.0.0.1:${port}`,
    `http://localhost:${port}`,
    `http://2130706433:${port}`,
    `http://[::1]:${port}`,
    `http://[::ffff:127.0.0.1]:${port}`,
    "http://169.254.169.254",
  ]) {
    const answer = await strict.send(admin, "PUT", "/oidc", settings({ issuer }));
    assertProblem(answer, 422, "validation_failed");
    assert.doesNotMatch(answer.body, /OUTBOUND_ALLOW|ECONN|public address/);
  }
  server.close();
  assert.equal(visits, 0);
});
