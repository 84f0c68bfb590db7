import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { before, suite, test } from "node:test";
import { createSealer } from "@condo/secrets";
import { ensureKeys } from "@condo/signing-keys";
import { createTestDatabase, type TestDatabase } from "@condo/testing";
import { sql } from "kysely";
import { runCommand } from "../src/run-command.ts";

const masterKey = randomBytes(32).toString("base64");
let db: TestDatabase;
before(async () => {
  db = await createTestDatabase();
});

async function condo(args: string[], env: Record<string, string> = {}) {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const code = await runCommand(args, {
    env: { DATABASE_URL: db.platformUrl, CONDO_MASTER_KEY: masterKey, ...env },
    stdin,
    stdout,
    stderr,
  });
  stdout.end();
  stderr.end();
  return { code, stdout: await text(stdout), stderr: await text(stderr) };
}

const letTimePass = () =>
  sql`update signing_keys set state_changed_at = state_changed_at - interval '71 seconds'`.execute(db.app);

interface Listed {
  keys: { kid: string; state: string; algorithm: string }[];
}

async function list(): Promise<Listed["keys"]> {
  return (JSON.parse((await condo(["keys", "list", "--json"])).stdout) as Listed).keys;
}

suite("condo keys", () => {
  test("lists what there is", async () => {
    assert.match((await condo(["keys", "list"])).stdout, /no key yet/);
    await ensureKeys(db.app, createSealer(masterKey), "EdDSA");
    const shown = await condo(["keys", "list"], { DATABASE_URL: db.ownerUrl });
    assert.match(shown.stdout, /^current {3}EdDSA .*\nnext {6}EdDSA /);
    assert.ok(!shown.stdout.includes("PRIVATE"));
  });

  test("rotates when the next key may be known everywhere", async () => {
    const soon = await condo(["keys", "rotate", "--no-wait", "--json"]);
    assert.equal(soon.code, 1);
    assert.equal((JSON.parse(soon.stderr) as { error: { code: string } }).error.code, "next_key_too_new");
    const [, next] = await list();
    await letTimePass();
    const rotated = await condo(["keys", "rotate", "--json"], { DATABASE_URL: db.ownerUrl });
    assert.equal(rotated.code, 0, rotated.stderr);
    assert.equal((JSON.parse(rotated.stdout) as { current: string }).current, next?.kid);
    assert.deepEqual(
      (await list()).map((key) => key.state),
      ["current", "next", "previous"],
    );
  });

  test("changes the algorithm, by option or TOKEN_ALGORITHM", async () => {
    assert.equal((await condo(["keys", "rotate", "--no-wait", "--algorithm", "ES256"])).code, 1);
    assert.equal((await list())[1]?.algorithm, "ES256");
    await letTimePass();
    assert.equal((await condo(["keys", "rotate", "--no-wait", "--algorithm", "ES256"])).code, 0);
    assert.deepEqual(
      (await list()).slice(0, 2).map((key) => key.algorithm),
      ["ES256", "ES256"],
    );
    assert.equal((await condo(["keys", "rotate", "--algorithm", "HS256"])).code, 2);
  });

  test("says what is wrong with the master key", async () => {
    for (const [key, says] of [
      ["", /missing/],
      ["short", /32 bytes/],
      [randomBytes(32).toString("base64"), /not the one/],
    ] as const) {
      const refused = await condo(["keys", "rotate", "--no-wait"], { CONDO_MASTER_KEY: key });
      assert.equal(refused.code, 1);
      assert.match(refused.stderr, says);
    }
  });
});
