import assert from "node:assert/strict";
import { createPublicKey, randomBytes } from "node:crypto";
import { before, suite, test } from "node:test";
import { createSealer, SealBroken } from "@condo/secrets";
import { createTestDatabase, type TestDatabase } from "@condo/testing";
import { decodeProtectedHeader, jwtVerify, SignJWT } from "jose";
import { sql } from "kysely";
import { algorithms, createSigningKeys, ensureKeys, listKeys, rotateKeys } from "../src/index.ts";

const sealer = createSealer(randomBytes(32).toString("base64"));

/** A database without keys, and a clock of its stages that is turned by hand. */
async function keysOf(): Promise<TestDatabase & { pass: (seconds: number) => Promise<void> }> {
  const db = await createTestDatabase();
  return {
    ...db,
    pass: async (seconds) => {
      await sql`update signing_keys set state_changed_at = state_changed_at - ${seconds} * interval '1 second'`.execute(
        db.app,
      );
    },
  };
}

const states = async (db: TestDatabase) => (await listKeys(db.app)).map((key) => key.state);

suite("stages", () => {
  let db: Awaited<ReturnType<typeof keysOf>>;
  before(async () => {
    db = await keysOf();
  });

  test("begin with a key that signs and one that is published ahead, whoever is first", async () => {
    await Promise.all(Array.from({ length: 8 }, () => ensureKeys(db.app, sealer, "EdDSA")));
    assert.deepEqual(await states(db), ["current", "next"]);
  });

  test("do not move until the next key is known everywhere", async () => {
    const refused = await rotateKeys(db.app, sealer, "EdDSA");
    assert.ok(!refused.done && refused.waitMs > 60_000 && refused.waitMs <= 70_000, JSON.stringify(refused));
    assert.deepEqual(await states(db), ["current", "next"]);
  });

  test("then move one on, and a new next key is published", async () => {
    const [old, next] = await listKeys(db.app);
    await db.pass(71);
    const rotation = await rotateKeys(db.app, sealer, "EdDSA");
    assert.ok(rotation.done);
    const keys = await listKeys(db.app);
    assert.deepEqual(
      keys.map((key) => [key.state, key.kid]),
      [
        ["current", next?.kid],
        ["next", rotation.next],
        ["previous", old?.kid],
      ],
    );
  });

  test("move once when two rotate at the same moment", async () => {
    await db.pass(71);
    const rotations = await Promise.all([
      rotateKeys(db.app, sealer, "EdDSA"),
      rotateKeys(db.app, sealer, "EdDSA"),
    ]);
    assert.equal(rotations.filter((rotation) => rotation.done).length, 1);
    assert.deepEqual(await states(db), ["current", "next", "previous", "previous"]);
  });

  test("end for a key that no token can be alive of", async () => {
    await db.pass(2 * 3_600 + 1);
    assert.deepEqual(await states(db), ["current", "next"], "not published any more");
    assert.ok((await rotateKeys(db.app, sealer, "EdDSA")).done);
    const { rows } = await sql`select from signing_keys`.execute(db.app);
    assert.equal(rows.length, 3, "and forgotten by the next rotation");
  });
});

suite("rotating", () => {
  test("refuses a master key that is not the installation's", async () => {
    const db = await keysOf();
    await ensureKeys(db.app, sealer, "ES256");
    await db.pass(71);
    const other = createSealer(randomBytes(32).toString("base64"));
    await assert.rejects(rotateKeys(db.app, other), SealBroken);
    assert.deepEqual(await states(db), ["current", "next"]);
  });

  test("keeps the algorithm that is in use, unless told another", async () => {
    const db = await keysOf();
    await ensureKeys(db.app, sealer, "ES256");
    await db.pass(71);
    assert.ok((await rotateKeys(db.app, sealer)).done);
    assert.ok((await listKeys(db.app)).every((key) => key.algorithm === "ES256"));
  });
});

suite("a process", () => {
  test("signs with the new key within seconds, and never with one that is not published", async () => {
    const db = await keysOf();
    const keys = createSigningKeys(db.app, sealer, "EdDSA");
    const first = await keys.current();
    assert.equal((await keys.current()).privateKey, first.privateKey, "kept");
    await db.pass(71);
    const rotation = await rotateKeys(db.app, sealer, "EdDSA");
    assert.ok(rotation.done);
    const deadline = Date.now() + 5_000;
    while ((await keys.current()).kid === first.kid) {
      assert.ok(Date.now() < deadline, "it still signs with the old key");
      const published = (await keys.published()).map((key) => key["kid"]);
      assert.ok(published.includes((await keys.current()).kid));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.equal((await keys.current()).kid, rotation.current);
  });

  test("publishes no private member, and stores the private key sealed", async () => {
    const db = await keysOf();
    for (const algorithm of algorithms) {
      await ensureKeys(db.app, sealer, algorithm);
      await db.pass(71);
      await rotateKeys(db.app, sealer, algorithm);
      const keys = createSigningKeys(db.app, sealer, algorithm);
      for (const jwk of await keys.published()) {
        for (const member of ["d", "p", "q", "dp", "dq", "qi", "oth", "k"]) assert.ok(!(member in jwk));
        assert.equal(jwk["use"], "sig");
      }
    }
    const rows = await db.app.selectFrom("signing_keys").select("private_key_sealed").execute();
    assert.ok(rows.every((row) => !row.private_key_sealed.includes("PRIVATE KEY")));
  });
});

suite("algorithms", () => {
  for (const algorithm of algorithms) {
    test(`${algorithm} signs what jose verifies`, async () => {
      const db = await keysOf();
      const keys = createSigningKeys(db.app, sealer, algorithm);
      const { kid, privateKey, algorithm: alg } = await keys.current();
      assert.equal(alg, algorithm);
      const token = await new SignJWT({ a: 1 }).setProtectedHeader({ alg, kid }).sign(privateKey);
      const jwk = (await keys.published()).find((key) => key["kid"] === kid);
      assert.ok(jwk);
      const publicKey = createPublicKey({ key: jwk, format: "jwk" });
      const { payload } = await jwtVerify(token, publicKey, { algorithms: [algorithm] });
      assert.equal(payload["a"], 1);
      assert.equal(decodeProtectedHeader(token).kid, kid);
    });
  }

  test("change in two rotations at most: the next key is made anew, then signs", async () => {
    const db = await keysOf();
    await ensureKeys(db.app, sealer, "EdDSA");
    await db.pass(71);
    const replaced = await rotateKeys(db.app, sealer, "RS256");
    assert.ok(!replaced.done, "the next key of RS256 is new");
    assert.deepEqual(
      (await listKeys(db.app)).map((key) => key.algorithm),
      ["EdDSA", "RS256"],
    );
    await db.pass(71);
    assert.ok((await rotateKeys(db.app, sealer, "RS256")).done);
    assert.deepEqual(
      (await listKeys(db.app)).map((key) => [key.state, key.algorithm]),
      [
        ["current", "RS256"],
        ["next", "RS256"],
        ["previous", "EdDSA"],
      ],
    );
  });
});
