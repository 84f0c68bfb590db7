import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { before, suite, test } from "node:test";
import { newId, platformTenant, withPlatform } from "@condo/schema";
import { createTestDatabase, createTestTenant, type TestDatabase } from "@condo/testing";
import argon2 from "argon2";

const main = new URL("../src/main.ts", import.meta.url).pathname;
const password = "correct horse battery staple";

let db: TestDatabase;
before(async () => {
  db = await createTestDatabase();
});

/** Runs the command in a process of its own. */
async function condo(args: string[], options: { stdin?: string; databaseUrl?: string | null } = {}) {
  const url = options.databaseUrl === undefined ? db.platformUrl : options.databaseUrl;
  const child = spawn(process.execPath, [main, ...args], {
    env: url === null ? {} : { DATABASE_URL: url },
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.stdin ?? "");
  const exited = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  return { stdout, stderr, code };
}

const create = (email: string, more: string[] = []) => [
  "users",
  "create-super-admin",
  "--email",
  email,
  "--password-stdin",
  ...more,
];

function findUser(email: string) {
  return withPlatform(db.platform, (trx) =>
    trx.selectFrom("users").selectAll().where("email", "=", email).executeTakeFirst(),
  );
}

suite("condo users create-super-admin", () => {
  test("makes a super admin of the platform's tenant, as the owner and as condo_platform", async () => {
    for (const databaseUrl of [db.ownerUrl, db.platformUrl]) {
      const email = `${newId()}@example.com`;
      const made = await condo(create(email.toUpperCase(), ["--first-name", "Joan"]), {
        stdin: `${password}\n`,
        databaseUrl,
      });
      assert.equal(made.code, 0, made.stderr);
      assert.match(made.stdout, /^Created the super admin .* "platform"/);
      const user = await findUser(email);
      assert.equal(user?.role, "super_admin");
      assert.equal(user.tenant_id, platformTenant.id);
      assert.equal(user.first_name, "Joan");
      assert.ok(await argon2.verify(String(user.password_hash), password), "without the line's end");
    }
    const entries = await withPlatform(db.platform, (trx) =>
      trx.selectFrom("audit_logs").selectAll().where("action", "=", "user.created").execute(),
    );
    assert.equal(entries.length, 2);
    assert.ok(entries.every((entry) => entry.actor_type === "operator" && entry.actor_id));
  });

  test("answers in JSON when asked, errors too", async () => {
    const email = `${newId()}@example.com`;
    const made = await condo(create(email, ["--json"]), { stdin: password });
    const answer = JSON.parse(made.stdout) as Record<string, unknown>;
    assert.equal(answer["email"], email);
    assert.equal(answer["tenant_slug"], "platform");
    const again = await condo(create(email, ["--json"]), { stdin: password });
    assert.equal(again.code, 1);
    assert.equal(again.stdout, "");
    assert.equal((JSON.parse(again.stderr) as { error: { code: string } }).error.code, "email_taken");
  });

  test("never writes the password, nor takes it as an argument", async () => {
    const made = await condo(create(`${newId()}@example.com`), { stdin: password });
    assert.ok(!`${made.stdout}${made.stderr}`.includes(password));
    const misused = await condo([...create(`${newId()}@example.com`), "--password", password]);
    assert.equal(misused.code, 2);
    assert.match(misused.stderr, /unknown option/);
  });

  test("says what is wrong: 1 when it can't, 2 when it is called wrongly", async () => {
    const email = `${newId()}@example.com`;
    const tries: [run: ReturnType<typeof condo>, code: number, says: RegExp][] = [
      [condo(create(email), { stdin: "short" }), 1, /15 to 256 characters; this one has 5/],
      [condo(create(email), { stdin: "" }), 1, /this one has 0/],
      [condo(["users", "create-super-admin", "--email", email]), 1, /--password-stdin/],
      [condo(create(email), { stdin: password, databaseUrl: null }), 1, /DATABASE_URL is missing/],
      [condo(create(email), { stdin: password, databaseUrl: "mysql://x" }), 1, /postgres:\/\//],
      [condo(create(email), { stdin: password, databaseUrl: db.appUrl }), 1, /may not see all tenants/],
      [
        condo(create(email), { stdin: password, databaseUrl: "postgres://a:b@127.0.0.1:9/x" }),
        1,
        /does not answer/,
      ],
      [condo(create("nobody")), 2, /no e-mail address/],
      [condo(["users", "create-super-admin"]), 2, /--email/],
      [condo(["users", "explode"]), 2, /unknown command/],
    ];
    for (const [run, code, says] of tries) {
      const result = await run;
      assert.match(result.stderr, says);
      assert.equal(result.code, code, result.stderr);
      assert.equal(result.stdout, "");
      assert.doesNotMatch(result.stderr, /\n {4}at /, "no stack");
    }
    assert.equal(await findUser(email), undefined);
  });

  test("helps", async () => {
    const help = await condo(["users", "create-super-admin", "--help"], { databaseUrl: null });
    assert.equal(help.code, 0);
    assert.match(help.stdout, /--password-stdin/);
  });

  test("does not take a customer's tenant for the platform's", async () => {
    const other = await createTestDatabase();
    await createTestTenant(other.app, "platform");
    const refused = await condo(create(`${newId()}@example.com`), {
      stdin: password,
      databaseUrl: other.platformUrl,
    });
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /has the slug "platform"/);
  });
});
