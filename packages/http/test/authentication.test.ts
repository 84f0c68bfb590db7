import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { before, suite, test } from "node:test";
import { connect, newId, withTenant } from "@condo/schema";
import { atEnd, createTestDatabase, eventually, proveTestDomain, type TestDatabase } from "@condo/testing";
import type { LightMyRequestResponse } from "fastify";
import { buildService, createKeySet, type App } from "../src/index.ts";
import { createTenantDirectory } from "../src/tenant-directory.ts";
import {
  buildTestApp,
  captureLog,
  createSigningKey,
  encodePart,
  logIn,
  signToken,
  type LoggedIn,
} from "./app.ts";

const key = createSigningKey();
let db: TestDatabase;
let app: App;
let caller: LoggedIn;

before(async () => {
  db = await createTestDatabase();
  app = await buildTestApp({ db: db.app, key });
  atEnd(() => app.close());
  caller = await logIn(db.app, key);
});

async function get(
  url: string,
  authorization: string | undefined,
  headers: Record<string, string> = {},
): Promise<LightMyRequestResponse> {
  return app.inject({
    url,
    headers: { ...(authorization === undefined ? {} : { authorization }), ...headers },
  });
}

function assertProblem(answer: LightMyRequestResponse, status: number, code: string): void {
  assert.equal(answer.statusCode, status, answer.body);
  assert.match(String(answer.headers["content-type"]), /^application\/problem\+json/);
  const body = answer.json<{ code: string; status: number }>();
  assert.equal(body.code, code);
  assert.equal(body.status, status);
}

function assertUnauthenticated(answer: LightMyRequestResponse, code = "invalid_token"): void {
  assertProblem(answer, 401, code);
  assert.equal(answer.headers["www-authenticate"], "Bearer");
}

suite("a good token", () => {
  test("tells who is calling", async () => {
    const answer = await get("/me", `Bearer ${caller.token}`);
    assert.equal(answer.statusCode, 200, answer.body);
    const identity = answer.json<Record<string, unknown>>();
    assert.equal(identity["tenantId"], caller.tenant.id);
    assert.equal(identity["tenantSlug"], caller.tenant.slug);
    assert.equal(identity["userId"], caller.userId);
    assert.equal(identity["sessionId"], caller.sessionId);
    assert.equal(identity["role"], "tenant_admin");
  });

  test("is taken whatever the case of its scheme", async () => {
    for (const scheme of ["bearer", "BEARER"]) {
      assert.equal((await get("/me", `${scheme} ${caller.token}`)).statusCode, 200);
    }
  });

  test("ends with the role it was issued for", async () => {
    const user = await logIn(db.app, key, "tenant_admin");
    assert.equal((await get("/writing", `Bearer ${user.token}`)).statusCode, 200);
    await user.change((trx) => trx.updateTable("users").set({ role: "readonly" }).execute());
    assertProblem(await get("/reading", `Bearer ${user.token}`), 401, "role_changed");
    const renewed = `Bearer ${signToken(key, { ...user.claims, role: "readonly" })}`;
    assert.equal((await get("/reading", renewed)).statusCode, 200);
    assertProblem(await get("/writing", renewed), 403, "permission_denied");
  });
});

suite("a bad token", () => {
  /** The signature's first character changed to another. */
  function withFlippedSignature(token: string): string {
    const at = token.lastIndexOf(".") + 1;
    return `${token.slice(0, at)}${token[at] === "A" ? "B" : "A"}${token.slice(at + 1)}`;
  }

  function signedWithPublicKey(alg: string, secret: string | Buffer): string {
    const input = `${encodePart({ alg, kid: key.kid })}.${encodePart(caller.claims)}`;
    return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
  }

  const claimsWithout = (name: string) =>
    Object.fromEntries(Object.entries(caller.claims).filter(([claim]) => claim !== name));
  const seconds = () => Math.floor(Date.now() / 1000);

  const badTokens: Record<string, () => string> = {
    garbage: () => "garbage",
    "two dots": () => "..",
    "three parts of noise": () => "a.b.c",
    "a header that is no object": () => `${encodePart("null")}.${encodePart(caller.claims)}.AAAA`,
    "a payload that is no object": () => signToken(key, "7" as unknown as object),
    "alg none": () => `${encodePart({ alg: "none", kid: key.kid })}.${encodePart(caller.claims)}.`,
    "alg none with a signature": () => signToken(key, caller.claims, { alg: "none" }),
    "no signature": () => `${caller.token.slice(0, caller.token.lastIndexOf("."))}.`,
    "HS256 with the public key's PEM": () =>
      signedWithPublicKey("HS256", key.publicKey.export({ type: "spki", format: "pem" })),
    "HS256 with the public key's bytes": () =>
      signedWithPublicKey("HS256", key.publicKey.export({ type: "spki", format: "der" })),
    "alg of another kind of key": () => signToken(key, caller.claims, { alg: "ES256" }),
    "alg in other case": () => signToken(key, caller.claims, { alg: "eddsa" }),
    "no alg": () => signToken(key, caller.claims, { alg: undefined }),
    "an odd alg": () => signToken(key, caller.claims, { alg: { toString: "EdDSA" } }),
    "a flipped signature": () => withFlippedSignature(caller.token),
    "another's signature": () => signToken(createSigningKey(key.kid), caller.claims),
    "another's claims": () => {
      const [header, , signature] = caller.token.split(".");
      return `${header}.${encodePart({ ...caller.claims, role: "super_admin" })}.${signature}`;
    },
    "another issuer": () => signToken(key, { ...caller.claims, iss: "http://evil.example" }),
    "an issuer that contains ours": () =>
      signToken(key, { ...caller.claims, iss: `${caller.claims.iss}.evil` }),
    "another audience": () => signToken(key, { ...caller.claims, aud: "other" }),
    "no audience at all": () => signToken(key, { ...caller.claims, aud: [] }),
    "an odd audience": () => signToken(key, { ...caller.claims, aud: { condo: true } }),
    "not yet valid": () => signToken(key, { ...caller.claims, nbf: seconds() + 600 }),
    "an odd exp": () => signToken(key, { ...caller.claims, exp: "never" }),
    "an exp of null": () => signToken(key, { ...caller.claims, exp: null }),
    "an odd sid": () => signToken(key, { ...caller.claims, sid: "' or true --" }),
    "a sid that is a list": () => signToken(key, { ...caller.claims, sid: [caller.sessionId] }),
    "an odd sub": () => signToken(key, { ...caller.claims, sub: 7 }),
    "an unknown kid": () => signToken(key, caller.claims, { kid: newId() }),
    "no kid": () => signToken(key, caller.claims, { kid: undefined }),
    "an empty kid": () => signToken(key, caller.claims, { kid: "" }),
    "a kid that is an object": () => signToken(key, caller.claims, { kid: { toString: 1 } }),
    "a kid that is a list": () => signToken(key, caller.claims, { kid: [key.kid] }),
    "a kid of 10 kB": () => signToken(key, caller.claims, { kid: "k".repeat(10_000) }),
    "a kid that is a property of every object": () => signToken(key, caller.claims, { kid: "__proto__" }),
    "a kid with odd characters": () => signToken(key, caller.claims, { kid: "../../etc/passwd\0' --" }),
    "a critical extension": () => signToken(key, caller.claims, { crit: ["b64"], b64: false }),
    "a token of 12 kB": () => "a".repeat(12_000),
    "a token with many dots": () => ".".repeat(5_000),
    ...Object.fromEntries(
      ["iss", "aud", "sub", "exp", "iat", "tid", "sid"].map((name) => [
        `no ${name}`,
        () => signToken(key, claimsWithout(name)),
      ]),
    ),
  };

  for (const [name, make] of Object.entries(badTokens)) {
    test(name, async () => {
      const token = make();
      assertUnauthenticated(await get("/me", `Bearer ${token}`));
      assertUnauthenticated(await get("/me", `Bearer ${token}`));
    });
  }

  test("none, or another scheme", async () => {
    assertUnauthenticated(await get("/me", undefined), "missing_token");
    assertUnauthenticated(await get("/me", ""), "missing_token");
    for (const authorization of [
      "Bearer",
      "Bearer ",
      "Basic dTpw",
      caller.token,
      `Bearer  ${caller.token}`,
    ]) {
      assertUnauthenticated(await get("/me", authorization));
    }
    assertUnauthenticated(await get("/me", `Bearer ${caller.token} ${caller.token}`));
  });

  test("one that has expired, though it was just used and remembered", async (t) => {
    t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
    const exp = seconds() + 1;
    const token = signToken(key, { ...caller.claims, exp });
    assert.equal((await get("/me", `Bearer ${token}`)).statusCode, 200);
    assert.equal((await get("/me", `Bearer ${token}`)).statusCode, 200);
    t.mock.timers.setTime(exp * 1000 + 1);
    assertUnauthenticated(await get("/me", `Bearer ${token}`), "token_expired");
    assertUnauthenticated(await get("/me", `Bearer ${token}`), "token_expired");
  });

  test("one that names where its key should be fetched: nobody goes there", async () => {
    let visits = 0;
    const server = createServer((_request, response) => {
      visits++;
      response.end(JSON.stringify({ keys: [key.jwk] }));
    });
    server.on("connection", () => visits++);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
    const stranger = createSigningKey();
    for (const header of [{ jku: url }, { x5u: url }, { jwk: stranger.jwk }, { kid: url, jku: url }]) {
      assertUnauthenticated(await get("/me", `Bearer ${signToken(stranger, caller.claims, header)}`));
    }
    server.close();
    assert.equal(visits, 0);
  });
});

suite("on the wire", () => {
  let origin: string;
  before(async () => {
    origin = await app.listen({ host: "127.0.0.1", port: 0 });
  });

  async function send(headers: string[]): Promise<{ status: number; type: string; body: string }> {
    const request = httpRequest(`${origin}/me`, { headers });
    request.end();
    const [response] = (await once(request, "response")) as [IncomingMessage];
    const chunks = await response.toArray();
    return {
      status: response.statusCode ?? 0,
      type: String(response.headers["content-type"]),
      body: Buffer.concat(chunks as Buffer[]).toString(),
    };
  }

  test("of two Authorization headers the first counts, and no later one helps", async () => {
    const host = ["Host", "localhost"];
    const good = ["Authorization", `Bearer ${caller.token}`];
    const bad = ["Authorization", "Bearer garbage"];
    assert.equal((await send([...host, ...good, ...bad])).status, 200);
    assert.equal((await send([...host, ...bad, ...good])).status, 401);
  });

  test("a token that is longer than all headers may be is answered with a problem", async () => {
    const answer = await send(["Host", "localhost", "Authorization", `Bearer ${"a".repeat(20_000)}`]);
    assert.equal(answer.status, 431);
    assert.match(answer.type, /^application\/problem\+json/);
    assert.match(answer.body, /headers_too_large/);
  });
});

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
      const user = await logIn(db.app, key);
      for (let turn = 0; turn < 3; turn++) {
        assert.equal((await get("/me", `Bearer ${user.token}`)).statusCode, 200);
      }
      await end(user);
      assertUnauthenticated(await get("/me", `Bearer ${user.token}`), "session_ended");
    });
  }

  test("another's session does not do for a token", async () => {
    const other = await logIn(db.app, key);
    for (const claims of [
      { sid: other.sessionId },
      { sub: other.userId },
      { tid: other.tenant.id },
      { sid: newId() },
      { sid: other.sessionId, sub: other.userId },
    ]) {
      const token = signToken(key, { ...caller.claims, ...claims });
      assertUnauthenticated(await get("/me", `Bearer ${token}`), "session_ended");
    }
  });

  test("many sessions at once are told apart", async () => {
    const users = await Promise.all(Array.from({ length: 20 }, () => logIn(db.app, key)));
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

suite("a request to a tenant's own domain", () => {
  test("is for the tenant that has proven it, and for no other's token, key or not", async () => {
    const [owner, other] = [await logIn(db.app, key), await logIn(db.app, key)];
    const domain = `api.${owner.tenant.slug}.example`;
    const at = (who: LoggedIn, headers: Record<string, string> = { host: domain }) =>
      get("/me", `Bearer ${who.token}`, headers);
    await withTenant(db.app, owner.tenant.id, (trx) => trx.updateTable("tenants").set({ domain }).execute());
    assert.equal((await at(other)).statusCode, 200, "nobody has proven it");
    await proveTestDomain(db.app, owner.tenant.id, domain);
    await eventually("the proof shows", async () => (await at(other)).statusCode === 403, 3_000);
    assertProblem(await at(other), 403, "tenant_mismatch");
    for (const host of [domain, `${domain}:8080`, `${domain}.`, domain.toUpperCase()]) {
      assertProblem(await at(other, { host }), 403, "tenant_mismatch");
      assert.equal((await at(owner, { host })).statusCode, 200, host);
    }
    assertProblem(
      await at(owner, { host: domain, "x-tenant-id": other.tenant.slug }),
      403,
      "tenant_mismatch",
    );
    await withTenant(db.app, owner.tenant.id, (trx) => trx.deleteFrom("tenant_domains").execute());
    await eventually("it is nobody's again", async () => (await at(other)).statusCode === 200, 3_000);
  });

  test("asks Postgres once a second for a domain, however many there are", async () => {
    let now = 0;
    const asked: string[] = [];
    let isAway = false;
    const find = createTenantDirectory(
      async (domain) => {
        asked.push(domain);
        if (isAway) throw new Error("away");
        return domain;
      },
      () => now,
    );
    const all = await Promise.all(Array.from({ length: 50 }, () => find("a.example")));
    assert.deepEqual([new Set(all), asked.length], [new Set(["a.example"]), 1]);
    now = 999;
    await find("a.example");
    assert.equal(asked.length, 1);
    now = 1_000;
    isAway = true;
    await assert.rejects(find("a.example"), /away/);
    isAway = false;
    assert.equal(await find("a.example"), "a.example", "what could not be told is asked again");
    assert.equal(asked.length, 3);
  });
});

suite("a request that names a tenant", () => {
  test("may name its own, by id, slug or subdomain", async () => {
    const { id, slug } = caller.tenant;
    for (const headers of [
      { "x-tenant-id": id },
      { "x-tenant-id": slug },
      { "x-tenant-id": ` ${slug.toUpperCase()} ` },
      { "x-tenant-id": "" },
      { host: `${slug}.localhost:8080` },
      { host: `${slug.toUpperCase()}.LOCALHOST` },
      { host: `${slug}.localhost`, "x-tenant-id": id },
      { host: "localhost:8080" },
      { host: "elsewhere.example" },
    ]) {
      const answer = await get("/me", `Bearer ${caller.token}`, headers);
      assert.equal(answer.statusCode, 200, JSON.stringify(headers));
    }
  });

  test("may not name another, wherever it does", async () => {
    const other = await logIn(db.app, key);
    const { id, slug } = caller.tenant;
    for (const headers of [
      { "x-tenant-id": other.tenant.id },
      { "x-tenant-id": other.tenant.slug },
      { "x-tenant-id": "nobody" },
      { "x-tenant-id": `${id}, ${other.tenant.id}` },
      { host: `${other.tenant.slug}.localhost` },
      { host: "b.localhost:8080" },
      { host: "B.LOCALHOST" },
      { host: `${slug}.b.localhost` },
      { host: `${slug}.localhost`, "x-tenant-id": other.tenant.id },
      { host: `${other.tenant.slug}.localhost`, "x-tenant-id": id },
      { host: "localhost", "x-forwarded-host": `${other.tenant.slug}.localhost` },
    ]) {
      assertProblem(await get("/me", `Bearer ${caller.token}`, headers), 403, "tenant_mismatch");
    }
  });
});

suite("access", () => {
  test("a public route asks for nothing, and unknown routes tell nothing", async () => {
    assert.equal((await get("/public", undefined)).statusCode, 200);
    assert.equal((await get("/public", "Bearer garbage")).statusCode, 200);
    assertProblem(await get("/nowhere", undefined), 404, "route_not_found");
  });

  test("a route for either knows a caller with a token, and refuses a bad one", async () => {
    assert.deepEqual((await get("/either", undefined)).json(), {});
    const known = await get("/either", `Bearer ${caller.token}`);
    assert.equal(known.json<{ userId: string }>().userId, caller.userId);
    assertUnauthenticated(await get("/either", "Bearer garbage"));
  });

  test("what it takes is documented", async () => {
    const document = (await get("/openapi.json", undefined)).json<{
      paths: Record<string, { get: { security: object[]; description: string } }>;
    }>();
    const securityOf = (path: string) => document.paths[path]?.get.security;
    assert.deepEqual(securityOf("/public"), []);
    assert.deepEqual(securityOf("/either"), [{}, { bearer: [] }, { api_key: [] }]);
    assert.deepEqual(securityOf("/reading"), [{ bearer: [] }, { api_key: [] }]);
    assert.deepEqual(securityOf("/me"), [{ bearer: [] }]);
    assert.equal(document.paths["/reading"]?.get.description, "Needs `tenant:read`.");
    assert.equal(document.paths["/either"]?.get.description, undefined);
  });

  test("HEAD asks for what GET does", async () => {
    assert.equal((await app.inject({ method: "HEAD", url: "/me" })).statusCode, 401);
  });

  test("a route that names no access does not come up", async () => {
    await assert.rejects(
      buildTestApp({
        db: db.app,
        key,
        routes: (open) => {
          open.get("/open", async () => ({}));
        },
      }),
      /do not say who may call them: .*\/open/,
    );
  });

  test("nor does one that is not public where nobody is authenticated", async () => {
    const build = async (access: "public" | "tenant:read") => {
      const service = await buildService({
        name: "ingest",
        logger: captureLog().logger,
        trustProxy: ["loopback"],
        checks: {},
      });
      service.get("/some", { config: { access } }, async () => ({}));
      try {
        await service.ready();
      } finally {
        await service.close();
      }
    };
    await build("public");
    await assert.rejects(build("tenant:read"), /not public.*\/some/);
  });
});

suite("when what authentication needs is away", () => {
  test("Postgres: 503 with Retry-After, and the log says why", async () => {
    const log = captureLog();
    const away = connect("postgres://condo_app:secret-password@127.0.0.1:1/condo");
    const orphan = await buildTestApp({ db: away, key, log });
    const answer = await orphan.inject({ url: "/me", headers: { authorization: `Bearer ${caller.token}` } });
    assertProblem(answer, 503, "dependency_unavailable");
    assert.ok(Number(answer.headers["retry-after"]) > 0);
    assert.ok(!answer.body.includes("ECONNREFUSED"));
    assert.match(log.text(), /ECONNREFUSED/);
    assert.ok(!log.text().includes("secret-password"));
    assert.ok(!log.text().includes(caller.token));
    await orphan.close();
    await away.destroy();
  });

  test("the keys: 503 with Retry-After, and not 401", async () => {
    const keys = createKeySet(() => Promise.reject(new Error("identity-api is away")));
    const orphan = await buildTestApp({ db: db.app, key, keys });
    for (let turn = 0; turn < 3; turn++) {
      const answer = await orphan.inject({
        url: "/me",
        headers: { authorization: `Bearer ${caller.token}` },
      });
      assertProblem(answer, 503, "keys_unavailable");
      assert.ok(Number(answer.headers["retry-after"]) > 0);
    }
    await orphan.close();
  });

  test("a key that was withdrawn does not do any more, though its token was remembered", async () => {
    let published = [key.jwk];
    const keys = createKeySet(async () => published);
    const service = await buildTestApp({ db: db.app, key, keys });
    const ask = () => service.inject({ url: "/me", headers: { authorization: `Bearer ${caller.token}` } });
    assert.equal((await ask()).statusCode, 200);
    published = [createSigningKey().jwk];
    await keys.refresh();
    assertUnauthenticated(await ask());
    await service.close();
  });
});
