import assert from "node:assert/strict";
import {
  createHmac,
  createPrivateKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
} from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { before, suite, test } from "node:test";
import { algorithms } from "@condo/signing-keys";
import { decodeJwt, SignJWT, type JWTPayload } from "jose";
import { getMe, startFleet } from "./fleet.ts";

const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString("base64url");

for (const algorithm of algorithms) {
  suite(`with keys of ${algorithm}, over HTTP, on every service`, () => {
    let fleet: Awaited<ReturnType<typeof startFleet>>;
    let good: string;
    let refreshToken: string;
    let claims: JWTPayload;
    let kid: string;
    let jwk: JsonWebKey;
    let privateKey: KeyObject;

    before(async () => {
      fleet = await startFleet({ TOKEN_ALGORITHM: algorithm });
      ({ access_token: good, refresh_token: refreshToken } = await fleet.registerAndLogIn("acme"));
      claims = decodeJwt(good);
      const row = await fleet.db.app
        .selectFrom("signing_keys")
        .selectAll()
        .where("state", "=", "current")
        .executeTakeFirstOrThrow();
      ({ kid, public_jwk: jwk } = row);
      privateKey = createPrivateKey(fleet.sealer.open(row.private_key_sealed, `signing_key:${kid}`));
    });

    /** Signed with the right key. */
    const signed = (change: object = {}, header: object = {}) =>
      new SignJWT({ ...claims, ...change })
        .setProtectedHeader({ alg: algorithm, kid, typ: "at+jwt", ...header })
        .sign(privateKey);

    async function assertRefused(token: string, code = "invalid_token"): Promise<void> {
      for (const origin of fleet.services) {
        const answer = await getMe(origin, token);
        const body = (await answer.json()) as { code: string };
        assert.equal(answer.status, 401, body.code);
        assert.equal(body.code, code);
        assert.equal(answer.headers.get("www-authenticate"), "Bearer");
      }
    }

    test("a token that is as it should be is taken", async () => {
      for (const token of [good, await signed()]) {
        for (const origin of fleet.services) assert.equal((await getMe(origin, token)).status, 200);
      }
    });

    test("alg none, another alg, and HS256 with the public key", async () => {
      const payload = encode(claims);
      await assertRefused(`${encode({ alg: "none", kid })}.${payload}.`);
      for (const alg of ["none", ...algorithms.filter((name) => name !== algorithm), "HS256", "PS256"]) {
        await assertRefused(`${encode({ alg, kid })}.${payload}.${good.split(".")[2]}`);
      }
      for (const secret of [JSON.stringify(jwk), String(jwk["x"] ?? jwk["n"])]) {
        const input = `${encode({ alg: "HS256", kid })}.${payload}`;
        const mac = createHmac("sha256", secret).update(input).digest("base64url");
        await assertRefused(`${input}.${mac}`);
      }
    });

    test("a flipped signature, another payload, a stranger's key", async () => {
      const [header, , signature = ""] = good.split(".");
      const flipped = `${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`;
      await assertRefused(good.replace(signature, flipped));
      await assertRefused(`${header}.${encode({ ...claims, role: "super_admin" })}.${signature}`);
      const stranger = generateKeyPairSync("ed25519").privateKey;
      await assertRefused(await new SignJWT(claims).setProtectedHeader({ alg: "EdDSA", kid }).sign(stranger));
    });

    test("another issuer or audience, expired, not yet valid, without what it must have", async () => {
      const now = Math.floor(Date.now() / 1000);
      await assertRefused(await signed({ iss: "http://evil.example" }));
      await assertRefused(await signed({ aud: "another service" }));
      await assertRefused(await signed({ aud: [] }));
      await assertRefused(await signed({ nbf: now + 600 }));
      await assertRefused(await signed({ exp: now - 1 }), "token_expired");
      for (const name of ["iss", "aud", "sub", "exp", "iat", "sid", "tid"]) {
        await assertRefused(await signed({ [name]: undefined }));
      }
    });

    test("an odd kid", async () => {
      for (const odd of ["", "../../etc/passwd", "' or 1=1 --", "__proto__", "k".repeat(4_000)]) {
        await assertRefused(await signed({}, { kid: odd }));
      }
      await assertRefused(await signed({}, { kid: undefined }));
    });

    test("a refresh token, and a token of another user's session", async () => {
      await assertRefused(refreshToken);
      const other = decodeJwt((await fleet.registerAndLogIn("other")).access_token);
      await assertRefused(await signed({ sid: other["sid"] }), "session_ended");
      await assertRefused(await signed({ tid: other["tid"] }), "session_ended");
    });

    test("a header that names a key of its own, which nobody fetches", async () => {
      let visits = 0;
      const server = createServer((_request, response) => response.end("{}"));
      server.on("connection", () => visits++);
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
      const stranger = generateKeyPairSync("ed25519");
      const own = stranger.publicKey.export({ format: "jwk" });
      for (const header of [{ jku: url }, { x5u: url }, { jwk: own }, { x5c: ["AAAA"] }, { kid: url }]) {
        const token = await new SignJWT(claims)
          .setProtectedHeader({ alg: "EdDSA", kid: "stranger", ...header })
          .sign(stranger.privateKey);
        await assertRefused(token);
      }
      server.close();
      assert.equal(visits, 0);
    });

    test("the published keys have no private or symmetric member", async () => {
      const answer = await fetch(`${fleet.identity[0]}/.well-known/jwks.json`);
      const { keys } = (await answer.json()) as { keys: Record<string, unknown>[] };
      assert.equal(keys.length, 2);
      const members = { OKP: ["crv", "x"], EC: ["crv", "x", "y"], RSA: ["n", "e"] };
      for (const key of keys) {
        const allowed = ["alg", "kid", "kty", "use", ...members[key["kty"] as keyof typeof members]];
        assert.deepEqual(Object.keys(key).sort(), allowed.sort());
        assert.equal(key["alg"], algorithm);
      }
    });
  });
}
