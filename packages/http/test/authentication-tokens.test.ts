import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { before, suite, test } from "node:test";
import { newId } from "@condo/schema";
import { createSigningKey, encodePart, logIn, signToken } from "./app.ts";
import { assertProblem, assertUnauthenticated, authenticatedApp } from "./authenticated-app.ts";

const setting = authenticatedApp();
const { key, get } = setting;

suite("a good token", () => {
  test("tells who is calling", async () => {
    const answer = await get("/me", `Bearer ${setting.caller.token}`);
    assert.equal(answer.statusCode, 200, answer.body);
    const identity = answer.json<Record<string, unknown>>();
    assert.equal(identity["tenantId"], setting.caller.tenant.id);
    assert.equal(identity["tenantSlug"], setting.caller.tenant.slug);
    assert.equal(identity["userId"], setting.caller.userId);
    assert.equal(identity["sessionId"], setting.caller.sessionId);
    assert.equal(identity["role"], "tenant_admin");
  });

  test("is taken whatever the case of its scheme", async () => {
    for (const scheme of ["bearer", "BEARER"]) {
      assert.equal((await get("/me", `${scheme} ${setting.caller.token}`)).statusCode, 200);
    }
  });

  test("ends with the role it was issued for", async () => {
    const user = await logIn(setting.db.app, key, "tenant_admin");
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
    const input = `${encodePart({ alg, kid: key.kid })}.${encodePart(setting.caller.claims)}`;
    return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
  }

  const claimsWithout = (name: string) =>
    Object.fromEntries(Object.entries(setting.caller.claims).filter(([claim]) => claim !== name));
  const seconds = () => Math.floor(Date.now() / 1000);

  const badTokens: Record<string, () => string> = {
    garbage: () => "garbage",
    "two dots": () => "..",
    "three parts of noise": () => "a.b.c",
    "a header that is no object": () => `${encodePart("null")}.${encodePart(setting.caller.claims)}.AAAA`,
    "a payload that is no object": () => signToken(key, "7" as unknown as object),
    "alg none": () => `${encodePart({ alg: "none", kid: key.kid })}.${encodePart(setting.caller.claims)}.`,
    "alg none with a signature": () => signToken(key, setting.caller.claims, { alg: "none" }),
    "no signature": () => `${setting.caller.token.slice(0, setting.caller.token.lastIndexOf("."))}.`,
    "HS256 with the public key's PEM": () =>
      signedWithPublicKey("HS256", key.publicKey.export({ type: "spki", format: "pem" })),
    "HS256 with the public key's bytes": () =>
      signedWithPublicKey("HS256", key.publicKey.export({ type: "spki", format: "der" })),
    "alg of another kind of key": () => signToken(key, setting.caller.claims, { alg: "ES256" }),
    "alg in other case": () => signToken(key, setting.caller.claims, { alg: "eddsa" }),
    "no alg": () => signToken(key, setting.caller.claims, { alg: undefined }),
    "an odd alg": () => signToken(key, setting.caller.claims, { alg: { toString: "EdDSA" } }),
    "a flipped signature": () => withFlippedSignature(setting.caller.token),
    "another's signature": () => signToken(createSigningKey(key.kid), setting.caller.claims),
    "another's claims": () => {
      const [header, , signature] = setting.caller.token.split(".");
      return `${header}.${encodePart({ ...setting.caller.claims, role: "super_admin" })}.${signature}`;
    },
    "another issuer": () => signToken(key, { ...setting.caller.claims, iss: "http://evil.example" }),
    "an issuer that contains ours": () =>
      signToken(key, { ...setting.caller.claims, iss: `${setting.caller.claims.iss}.evil` }),
    "another audience": () => signToken(key, { ...setting.caller.claims, aud: "other" }),
    "no audience at all": () => signToken(key, { ...setting.caller.claims, aud: [] }),
    "an odd audience": () => signToken(key, { ...setting.caller.claims, aud: { condo: true } }),
    "not yet valid": () => signToken(key, { ...setting.caller.claims, nbf: seconds() + 600 }),
    "an odd exp": () => signToken(key, { ...setting.caller.claims, exp: "never" }),
    "an exp of null": () => signToken(key, { ...setting.caller.claims, exp: null }),
    "an odd sid": () => signToken(key, { ...setting.caller.claims, sid: "' or true --" }),
    "a sid that is a list": () =>
      signToken(key, { ...setting.caller.claims, sid: [setting.caller.sessionId] }),
    "an odd sub": () => signToken(key, { ...setting.caller.claims, sub: 7 }),
    "an unknown kid": () => signToken(key, setting.caller.claims, { kid: newId() }),
    "no kid": () => signToken(key, setting.caller.claims, { kid: undefined }),
    "an empty kid": () => signToken(key, setting.caller.claims, { kid: "" }),
    "a kid that is an object": () => signToken(key, setting.caller.claims, { kid: { toString: 1 } }),
    "a kid that is a list": () => signToken(key, setting.caller.claims, { kid: [key.kid] }),
    "a kid of 10 kB": () => signToken(key, setting.caller.claims, { kid: "k".repeat(10_000) }),
    "a kid that is a property of every object": () =>
      signToken(key, setting.caller.claims, { kid: "__proto__" }),
    "a kid with odd characters": () =>
      signToken(key, setting.caller.claims, { kid: "../../etc/passwd\0' --" }),
    "a critical extension": () => signToken(key, setting.caller.claims, { crit: ["b64"], b64: false }),
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
      setting.caller.token,
      `Bearer  ${setting.caller.token}`,
    ]) {
      assertUnauthenticated(await get("/me", authorization));
    }
    assertUnauthenticated(await get("/me", `Bearer ${setting.caller.token} ${setting.caller.token}`));
  });

  test("one that has expired, though it was just used and remembered", async (t) => {
    t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
    const exp = seconds() + 1;
    const token = signToken(key, { ...setting.caller.claims, exp });
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
      assertUnauthenticated(await get("/me", `Bearer ${signToken(stranger, setting.caller.claims, header)}`));
    }
    server.close();
    assert.equal(visits, 0);
  });
});

suite("on the wire", () => {
  let origin: string;
  before(async () => {
    origin = await setting.app.listen({ host: "127.0.0.1", port: 0 });
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
    const good = ["Authorization", `Bearer ${setting.caller.token}`];
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
