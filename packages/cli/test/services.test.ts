import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { before, suite, test } from "node:test";
import { isServiceClient } from "@condo/schema";
import { createTestDatabase, type TestDatabase } from "@condo/testing";
import { runCommand } from "../src/run-command.ts";

let db: TestDatabase;
before(async () => {
  db = await createTestDatabase();
});

async function condo(...args: string[]) {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const code = await runCommand(args, { env: { DATABASE_URL: db.ownerUrl }, stdin, stdout, stderr });
  stdout.end();
  stderr.end();
  return { code, stdout: await text(stdout), stderr: await text(stderr) };
}

const secretIn = (output: string) => /cs_[\w-]{43}/.exec(output)?.[0] ?? "";
const isGood = (name: string, secret: string) =>
  isServiceClient(db.app, name, createHash("sha256").update(secret).digest());

suite("condo services", () => {
  test("creates, lists, rotates and revokes", async () => {
    assert.match((await condo("services", "list")).stdout, /no service yet/);
    const created = await condo("services", "create", "billing", "--permission", "users:read", "tenant:read");
    assert.equal(created.code, 0, created.stderr);
    const first = secretIn(created.stdout);
    assert.ok(await isGood("billing", first));
    const listed = await condo("services", "list");
    assert.match(listed.stdout, /billing +active +\S+ +users:read tenant:read/);
    assert.ok(!listed.stdout.includes(first));
    const rotated = await condo("services", "rotate", "billing", "--overlap", "0");
    assert.ok(await isGood("billing", secretIn(rotated.stdout)));
    assert.ok(!(await isGood("billing", first)));
    assert.equal((await condo("services", "revoke", "billing")).code, 0);
    assert.ok(!(await isGood("billing", secretIn(rotated.stdout))));
    const { services } = JSON.parse((await condo("--json", "services", "list")).stdout) as {
      services: Record<string, unknown>[];
    };
    assert.ok(services[0]?.["revoked_at"]);
    assert.deepEqual(
      Object.keys(services[0]).filter((name) => /secret|hash/.test(name)),
      [],
    );
  });

  test("refuses what can't be", async () => {
    const create = (name: string, ...more: string[]) => condo("services", "create", name, ...more);
    assert.equal((await create("x")).code, 2);
    assert.equal((await create("Not A Name", "--permission", "users:read")).code, 2);
    assert.equal((await create("x", "--permission", "no:such")).code, 2);
    assert.equal((await condo("services", "rotate", "x", "--overlap", "-1")).code, 2);
    assert.equal((await create("taken", "--permission", "users:read")).code, 0);
    await condo("services", "revoke", "taken");
    assert.match((await create("taken", "--permission", "users:read")).stderr, /already/);
    for (const command of ["rotate", "revoke"]) {
      for (const name of ["taken", "nobody"]) {
        const refused = await condo("--json", "services", command, name);
        assert.equal(refused.code, 1);
        assert.equal((JSON.parse(refused.stderr) as { error: { code: string } }).error.code, "no_service");
      }
    }
  });
});
