import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { before, suite, test } from "node:test";
import { call, registerTenant, startTestFleet, type TenantApi, type TestFleet } from "@condo/e2e";
import { eventually } from "@condo/testing";
import { readOperations, type Operation } from "./isolation/operations.ts";
import { fieldsOf, sampleBody } from "./isolation/sample.ts";
import { seedTenant, type SeededTenant } from "./isolation/seeds.ts";
import { openWire, type WireRequest, type WireAnswer } from "./isolation/wire.ts";

const credentialRequests = 40;
const startLimitMs = 60_000;

let fleet: TestFleet;
let operations: Operation[];
let seeded: SeededTenant;
let tenant: TenantApi;
let send: (request: WireRequest) => Promise<WireAnswer>;

before(async () => {
  fleet = await startTestFleet({ LOGIN_ATTEMPTS_PER_MINUTE: String(credentialRequests) });
  operations = await readOperations(fleet.origin);
  seeded = await seedTenant(fleet.origin, "secretword");
  tenant = seeded.api;
  send = openWire(fleet.origin);
});

/** One route of each service, which needs somebody. */
const guarded = ["/api/v1/auth/me", "/api/v1/users", "/api/v1/tenants/current", "/api/v1/webhook-events"];

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

function register(fields: Record<string, unknown>) {
  const slug = `t-${randomUUID().slice(0, 8)}`;
  return call(fleet.origin, "POST", "/api/v1/auth/register", {
    name: slug,
    slug,
    admin_email: `admin@${slug}.example`,
    admin_password: "sixteen letters and more",
    admin_first_name: "Ada",
    admin_last_name: "Lovelace",
    ...fields,
  });
}

suite("a password", () => {
  test("of 7 characters is refused; 8, 64 and 16 lower-case letters are taken", async () => {
    const statusOf = async (admin_password: string) => (await register({ admin_password })).status;
    assert.equal(await statusOf("q7 Z~wé"), 422);
    assert.equal(await statusOf("q7 Z~wé8"), 201);
    assert.equal(await statusOf("vbqkzmwpxhrtjdng"), 201);
    assert.equal(await statusOf("long ".repeat(13)), 201);
  });

  test("that is breached, or the tenant's or product's name, is refused with a reason", async () => {
    for (const admin_password of ["password123", "1q2w3e4r5t", "condo condo", "Northwind Traders 1"]) {
      const refused = await register({ name: "Northwind Traders", admin_password });
      assert.equal(refused.status, 422, admin_password);
      assert.equal(refused.body.errors[0].path, "body.admin_password");
      assert.ok(refused.body.errors[0].message.length > 10);
    }
  });

  test("counts past its 72nd byte, in its case and with its leading space", async () => {
    const head = "x1 y2 z3 ".repeat(8);
    const made = await register({ admin_password: ` ${head}Tail` });
    assert.equal(made.status, 201);
    const logIn = async (password: string) =>
      (
        await call(fleet.origin, "POST", "/api/v1/auth/login", {
          email: made.body.admin_email,
          password,
          tenant_slug: made.body.slug,
        })
      ).status;
    assert.equal(await logIn(` ${head}Tale`), 401);
    assert.equal(await logIn(` ${head}tail`), 401);
    assert.equal(await logIn(`${head}Tail`), 401);
    assert.equal(await logIn(` ${head}Tail`), 200);
  });
});

suite("who asks about an account learns nothing", () => {
  test("from a login: unknown, wrong and disabled get one answer", async () => {
    const email = `gone@${tenant.slug}.example`;
    const password = "a password of somebody";
    const user = await tenant.call("POST", "/users", { email, password, first_name: "G", last_name: "G" });
    await tenant.call("PUT", `/users/${user.body.id}`, { is_active: false });
    const answers = await Promise.all(
      [
        [`nobody@${tenant.slug}.example`, password],
        [tenant.email, "not the password"],
        [email, password],
      ].map(([address, given]) =>
        call(fleet.origin, "POST", "/api/v1/auth/login", {
          email: address,
          password: given,
          tenant_slug: tenant.slug,
        }),
      ),
    );
    for (const { status } of answers) assert.equal(status, 401);
    assert.equal(new Set(answers.map(({ body }) => JSON.stringify({ ...body, instance: "" }))).size, 1);
  });

  test("from a forgotten password: known or not, here or in another tenant, it is one answer", async () => {
    const answers = [];
    for (const [email, tenant_slug] of [
      [tenant.email, tenant.slug],
      [tenant.email, undefined],
      [`nobody@${tenant.slug}.example`, tenant.slug],
      [tenant.email, "no-such-tenant"],
    ]) {
      answers.push(await call(fleet.origin, "POST", "/api/v1/auth/forgot-password", { email, tenant_slug }));
    }
    assert.equal(new Set(answers.map(({ status, body }) => `${status} ${JSON.stringify(body)}`)).size, 1);
    assert.ok((answers[0]?.status ?? 500) < 300);
  });

  test("from registering: an address that another tenant has is as good as any; a slug is public", async () => {
    const again = await register({ admin_email: tenant.email });
    assert.equal(again.status, 201);
    const taken = await register({ slug: tenant.slug });
    assert.deepEqual([taken.status, taken.body.code], [409, "slug_taken"]);
    assert.ok(!JSON.stringify(taken.body).includes(tenant.tenantId));
  });
});

suite("a token", () => {
  test("that was logged out is refused by every service on the next request", async () => {
    const other = await registerTenant(fleet.origin);
    for (const path of guarded) {
      assert.equal(
        (await call(fleet.origin, "GET", path, undefined, bearer(other.accessToken))).status,
        200,
        path,
      );
    }
    assert.ok((await other.call("POST", "/auth/logout")).status < 300);
    for (const path of guarded) {
      assert.equal(
        (await call(fleet.origin, "GET", path, undefined, bearer(other.accessToken))).status,
        401,
        path,
      );
    }
  });

  test("that is forged is refused by every service, with how to do better", async () => {
    const [header = "", payload = "", signature = ""] = tenant.accessToken.split(".");
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as Record<string, unknown>;
    const { kid } = JSON.parse(Buffer.from(header, "base64url").toString()) as { kid: string };
    const forged: Record<string, string> = {
      "alg none": `${encode({ alg: "none", kid })}.${payload}.`,
      HS256: `${encode({ alg: "HS256", kid })}.${payload}.${signature}`,
      "another payload": `${header}.${encode({ ...claims, role: "super_admin" })}.${signature}`,
      "a flipped signature": `${header}.${payload}.${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`,
      "a key of its own": `${encode({ alg: "EdDSA", kid: "x", jku: `${fleet.origin}/keys` })}.${payload}.${signature}`,
      "an odd kid": `${encode({ alg: "EdDSA", kid: "../../etc/passwd\u0000" })}.${payload}.${signature}`,
      "a refresh token": tenant.refreshToken,
    };
    for (const [name, token] of Object.entries(forged)) {
      for (const path of guarded) {
        const answer = await call(fleet.origin, "GET", path, undefined, bearer(token));
        assert.equal(answer.status, 401, `${name} at ${path}`);
        assert.match(answer.headers.get("www-authenticate") ?? "", /^Bearer/);
      }
    }
  });

  test("is verified by keys that are published without a private or symmetric member", async () => {
    const { body } = await call(fleet.origin, "GET", "/.well-known/jwks.json");
    assert.ok(body.keys.length > 0);
    for (const key of body.keys) {
      const members = Object.keys(key).filter((member) =>
        ["d", "p", "q", "dp", "dq", "qi", "k", "oth"].includes(member),
      );
      assert.deepEqual(members, []);
      assert.notEqual(key.kty, "oct");
    }
  });
});

suite("every route of the document", () => {
  test("that takes a body refuses fields that are not for callers to set", async () => {
    const withBody = operations.filter(({ body }) => Object.keys(fieldsOf(body)).length > 0);
    assert.ok(withBody.length > 25);
    for (const operation of withBody) {
      const known = Object.keys(fieldsOf(operation.body));
      for (const [name, value] of Object.entries({ id: randomUUID(), is_admin: true, password_hash: "x" })) {
        if (known.includes(name)) continue;
        const { status, text } = await send({
          method: operation.method,
          path: operation.path.replaceAll(/\{(\w+)\}/g, (_, each: string) => seeded.ids[each] ?? ""),
          headers: operation.access === "public" ? {} : bearer(tenant.accessToken),
          body: JSON.stringify({ ...sampleBody(operation), [name]: value }),
        });
        assert.ok([400, 403, 404, 422].includes(status), `${operation.id} with ${name}: ${status} ${text}`);
      }
    }
  });

  test("shows no secret to its own tenant, and no field that is one", async () => {
    const reads = operations.filter(({ method, access }) => method === "GET" && access !== "public");
    const [, ...secrets] = seeded.secrets;
    const sourceKey = seeded.ids["source_key"] ?? "";
    for (const operation of reads) {
      const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, each: string) => seeded.ids[each] ?? "");
      const stream = Object.fromEntries(
        operation.headerParameters.flatMap((name) => (seeded.ids[name] ? [[name, seeded.ids[name]]] : [])),
      );
      const { text } = await send({
        method: "GET",
        path,
        headers: { ...bearer(tenant.accessToken), ...stream },
      });
      // A source's own URL is for its sender, and whoever may see the source may hand it on.
      const told = secrets.filter((secret) => secret !== sourceKey && text.includes(secret));
      assert.deepEqual(told, [], operation.id);
      assert.doesNotMatch(
        text,
        /"(\w*_hash|\w*_sealed|password|secret|access_token|refresh_token)":/,
        operation.id,
      );
    }
  });

  test("answers what is about people and credentials so that no cache keeps it", async () => {
    const answers = await Promise.all([
      call(fleet.origin, "GET", "/api/v1/auth/me", undefined, bearer(tenant.accessToken)),
      call(fleet.origin, "POST", "/api/v1/auth/refresh", { refresh_token: "none" }),
      call(fleet.origin, "POST", "/api/v1/auth/login", { email: "x@y.example", password: "none of these" }),
      call(fleet.origin, "GET", "/api/v1/users", undefined, bearer(tenant.accessToken)),
    ]);
    for (const { headers } of answers) assert.equal(headers.get("cache-control"), "no-store");
  });
});

suite("an error", () => {
  test("is problem+json of the right status, and tells nothing of what is inside", async () => {
    const authorization = bearer(tenant.accessToken);
    const json = { ...authorization, "content-type": "application/json" };
    const cases: [status: number, request: WireRequest][] = [
      [404, { method: "GET", path: "/api/v1/nothing", headers: authorization }],
      [404, { method: "GET", path: "/nothing", headers: {} }],
      [401, { method: "GET", path: "/api/v1/users", headers: {} }],
      [422, { method: "GET", path: "/api/v1/users?limit=1'--", headers: authorization }],
      [422, { method: "GET", path: "/api/v1/webhook-events/1'%20or%20true", headers: authorization }],
      [400, { method: "POST", path: "/api/v1/users", headers: json, body: "{" }],
      [
        400,
        {
          method: "POST",
          path: "/api/v1/users",
          headers: json,
          body: '{"__proto__":{"role":"super_admin"}}',
        },
      ],
      [
        415,
        {
          method: "POST",
          path: "/api/v1/users",
          headers: { ...json, "content-type": "text/xml" },
          body: "<a/>",
        },
      ],
      [
        422,
        {
          method: "POST",
          path: "/api/v1/webhook-sources",
          headers: json,
          body: '{"service_name":"a\\u0000"}',
        },
      ],
      [413, { method: "POST", path: "/api/v1/users", headers: json, body: `"${"x".repeat(300_000)}"` }],
    ];
    for (const [status, request] of cases) {
      const answer = await fetch(`${fleet.origin}${request.path}`, {
        method: request.method,
        headers: request.headers,
        ...(request.body === undefined ? {} : { body: request.body }),
      });
      const text = await answer.text();
      const name = `${request.method} ${request.path} ${request.body?.slice(0, 40) ?? ""}: ${text}`;
      assert.equal(answer.status, status, name);
      assert.match(answer.headers.get("content-type") ?? "", /^application\/problem\+json/, name);
      assert.doesNotMatch(
        text,
        /node_modules|\.ts:|at \w+ \(|select |fastify|kysely|postgres|zod|FST_/i,
        name,
      );
    }
  });
});

suite("the audit log", () => {
  test("has logins, failures, denials and changes with actor, address and request id", async () => {
    const ids = { failure: randomUUID(), denial: randomUUID(), change: randomUUID() };
    const login = { email: tenant.email, password: "wrong guess", tenant_slug: tenant.slug };
    await call(fleet.origin, "POST", "/api/v1/auth/login", login, { "x-request-id": ids.failure });
    await tenant.call("GET", "/users", undefined, {
      "x-request-id": ids.denial,
      "x-tenant-id": randomUUID(),
    });
    await tenant.call("PUT", "/users/profile", { first_name: "Grace" }, { "x-request-id": ids.change });
    const { body: me } = await tenant.call("GET", "/auth/me");
    for (const [what, id] of Object.entries(ids)) {
      const entries = await tenant.call("GET", `/audit-logs?request_id=${id}`);
      const [entry] = entries.body.items;
      assert.ok(entry, `${what}: ${JSON.stringify(entries.body)}`);
      assert.equal(entry.request_id, id);
      assert.match(entry.address, /^(::1|127\.|::ffff:127\.)/);
      if (what !== "failure") assert.equal(entry.actor_id, me.id, JSON.stringify(entry));
    }
    const success = await tenant.call("GET", "/audit-logs?limit=100");
    assert.ok(success.body.items.some((entry: { action: string }) => /login|session/.test(entry.action)));
  });

  test("takes no PUT and no DELETE, and its chain verifies", async () => {
    const { body } = await tenant.call("GET", "/audit-logs?limit=1");
    for (const path of ["/audit-logs", `/audit-logs/${body.items[0].id}`]) {
      for (const method of ["PUT", "PATCH", "DELETE", "POST"]) {
        const { status } = await tenant.call(method, path);
        assert.ok([404, 405].includes(status), `${method} ${path}: ${status}`);
      }
    }
    await eventually("the chain has all", async () => {
      const verdict = await tenant.call("GET", "/audit-logs/verify");
      assert.equal(verdict.body.broken ?? null, null);
      return verdict.status === 200;
    });
  });
});

suite("what is for the inside", () => {
  test("metrics and the health of a process are not there through the gateway, for anybody, however it is spelt", async () => {
    for (const path of [
      "/metrics",
      "/metrics/",
      "/%6detrics",
      "//metrics",
      "/api/v1/../../metrics",
      "/api/v1/auth/../../../metrics",
      "/health/../metrics",
      "/health/ready",
      "/health/live",
      "/docs/../metrics",
    ]) {
      for (const headers of [{}, bearer(tenant.accessToken)]) {
        const { status, text } = await send({ method: "GET", path, headers });
        assert.ok([400, 404].includes(status), `${path}: ${status}`);
        assert.doesNotMatch(text, /process_cpu|http_request|# HELP/, path);
      }
    }
  });

  test("the health of the system is detailed for members of a tenant alone", async () => {
    const stranger = await call(fleet.origin, "GET", "/health");
    const member = await call(fleet.origin, "GET", "/health", undefined, bearer(tenant.accessToken));
    assert.deepEqual([stranger.status, member.status], [200, 200]);
    const details = Object.keys(member.body).filter((field) => !(field in stranger.body));
    assert.ok(details.length > 0, JSON.stringify(member.body));
    assert.doesNotMatch(JSON.stringify(stranger.body), /pid|lag|heartbeat|host|version/i);
    const forged = await call(fleet.origin, "GET", "/health", undefined, bearer("none"));
    assert.equal(forged.status, 401);
  });
});

suite("in production", () => {
  const guessable = {
    NODE_ENV: "production",
    PORT: "0",
    DATABASE_URL: "postgres://condo_app:postgres@127.0.0.1:1/condo",
    REDIS_URL: "redis://:changeme@127.0.0.1:1",
    CONDO_MASTER_KEY: Buffer.alloc(32, 1).toString("base64"),
  };
  for (const service of ["identity-api", "tenant-api", "webhook-ingest", "worker"]) {
    test(`${service} does not start with secrets that anybody could guess, and names each`, async () => {
      const child = spawn(process.execPath, [`services/${service}/src/server.ts`], {
        cwd: join(import.meta.dirname, "../../.."),
        env: { PATH: process.env["PATH"], ...guessable },
        stdio: ["ignore", "pipe", "pipe"],
        // One that does start would run for good.
        timeout: startLimitMs,
      });
      let said = "";
      for (const output of [child.stdout, child.stderr])
        output.on("data", (chunk) => (said += String(chunk)));
      const [code] = (await once(child, "close")) as [number | null];
      assert.equal(code, 1, said);
      for (const name of ["DATABASE_URL", "REDIS_URL", "CONDO_MASTER_KEY"])
        assert.ok(said.includes(name), said);
      assert.doesNotMatch(said, /changeme|condo_app:postgres|AQEBAQ/);
    });
  }
});

suite("a limit", () => {
  test("is answered with 429 and when to come back, and no forwarded address widens it", async () => {
    const guess = (turn: number) =>
      call(
        fleet.origin,
        "POST",
        "/api/v1/auth/verify-email",
        { token: "none" },
        {
          "x-forwarded-for": `203.0.113.${turn}`,
          "x-real-ip": `203.0.113.${turn}`,
          forwarded: `for=203.0.113.${turn}`,
        },
      );
    const answers = await Promise.all(
      Array.from({ length: credentialRequests + 5 }, (_, turn) => guess(turn)),
    );
    const limited = answers.filter(({ status }) => status === 429);
    assert.ok(limited.length >= 5, `${limited.length} of ${answers.length}`);
    for (const { headers } of limited) assert.ok(Number(headers.get("retry-after")) > 0);
  });
});
