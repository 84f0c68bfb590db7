import assert from "node:assert/strict";
import { test } from "node:test";
import { listKeys, rotateKeys } from "@condo/signing-keys";
import { eventually } from "@condo/testing";
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { sql } from "kysely";
import { getMe, post, startFleet } from "./fleet.ts";

interface Tokens {
  access_token: string;
  refresh_token: string;
}

test("keys rotate under load, and no token is refused on any service", async () => {
  const fleet = await startFleet();
  const { db, sealer, identity, services, keys } = fleet;
  const refusals: string[] = [];
  const kids = new Set<string>();
  let calls = 0;
  const over = new AbortController();

  /** Somebody who refreshes now here, now there, and uses each token at once everywhere. */
  async function use(slug: string): Promise<void> {
    let { access_token, refresh_token } = await fleet.registerAndLogIn(slug);
    for (let turn = 0; !over.signal.aborted; turn++) {
      kids.add(String(decodeProtectedHeader(access_token).kid));
      for (const origin of services) {
        const answer = await getMe(origin, access_token);
        calls++;
        if (answer.status !== 200) refusals.push(`${origin} ${answer.status} ${await answer.text()}`);
      }
      const answer = await post(`${identity[turn % 2]}/api/v1/auth/refresh`, { refresh_token });
      if (answer.status !== 200) refusals.push(`refresh ${answer.status}`);
      ({ access_token, refresh_token } = (await answer.json()) as Tokens);
    }
  }

  /** A stranger, whose unknown kids make services look for keys as often as they ever do. */
  async function disturb(): Promise<void> {
    while (!over.signal.aborted) {
      const header = Buffer.from(JSON.stringify({ alg: "EdDSA", kid: `${Math.random()}` }));
      const answers = await Promise.all(
        services.map((origin) => getMe(origin, `${header.toString("base64url")}.e30.AAAA`)),
      );
      for (const answer of answers) if (answer.status !== 401) refusals.push(`stranger ${answer.status}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  const old = await fleet.registerAndLogIn("before");
  const load = [use("one"), use("two"), use("three"), disturb()];
  try {
    await eventually("tokens of the first key are in use", async () => kids.size > 0);
    for (let rotations = 0; rotations < 2; rotations++) {
      const next = (await listKeys(db.app)).find((key) => key.state === "next");
      assert.ok(next);
      // A minute's wait in production: long enough for this to have happened everywhere.
      await eventually("the next key is known elsewhere", () => keys.find(next.kid));
      await sql`update signing_keys set state_changed_at = state_changed_at - interval '71 seconds'`.execute(
        db.app,
      );
      assert.ok((await rotateKeys(db.app, sealer)).done);
      await eventually("both processes sign with the new key", async () => kids.has(next.kid));
    }
  } finally {
    over.abort();
    await Promise.all(load);
  }
  assert.deepEqual(refusals, [], `of ${calls} calls`);
  assert.equal(kids.size, 3);
  for (const origin of services) {
    assert.equal((await getMe(origin, old.access_token)).status, 200, "a token of two keys ago");
  }
  const jwks = createRemoteJWKSet(new URL(`${identity[1]}/.well-known/jwks.json`));
  const verified = await jwtVerify(old.access_token, jwks, {
    issuer: fleet.config.PUBLIC_URL,
    audience: "condo",
    typ: "at+jwt",
  });
  assert.equal(verified.protectedHeader.alg, "EdDSA");
});
