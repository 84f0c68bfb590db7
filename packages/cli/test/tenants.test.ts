import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { before, suite, test } from "node:test";
import { promisify } from "node:util";
import { connect, platformTenant, withTenant } from "@condo/schema";
import { atEnd, createTestDatabase, eventually, type TestDatabase } from "@condo/testing";
import { sql } from "kysely";
import { runCommand } from "../src/run-command.ts";

const main = new URL("../src/main.ts", import.meta.url).pathname;
const npmRunCondo = new URL("../../../infra/local/src/condo.ts", import.meta.url).pathname;

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

async function json(...args: string[]) {
  const { code, stdout, stderr } = await condo("--json", ...args);
  return code === 0
    ? (JSON.parse(stdout) as Record<string, any>) // eslint-disable-line typescript/no-explicit-any
    : { code, ...(JSON.parse(stderr) as { error: { code: string } }) };
}

suite("condo tenants", () => {
  test("creates, lists and shows", async () => {
    const made = await condo(
      "tenants",
      "create",
      "acme",
      "--name",
      "Acme Inc",
      "--plan",
      "team",
      "--admin-email",
      "ada@acme.example",
    );
    assert.equal(made.code, 0, made.stderr);
    assert.match(made.stdout, /^Created the tenant acme \([\w-]{36}\)\.$/m);
    await condo("tenants", "create", "trying", "--name", "Trying", "--trial-days", "14");
    const list = await condo("tenants", "list");
    assert.match(list.stdout, /^SLUG +NAME +STATUS +PLAN +SINCE +ID$/m);
    assert.match(list.stdout, /^acme +Acme Inc +active +team /m);
    assert.match(list.stdout, /^trying +Trying +trial +standard /m);
    assert.equal((await json("tenants", "list", "--status", "trial"))["tenants"].length, 1);
    assert.match((await condo("tenants", "list", "--search", "nobody")).stdout, /no such tenant/);
    const all = (await json("tenants", "list"))["tenants"].map(({ slug }: { slug: string }) => slug);
    const paged: string[] = [];
    for (let cursor: string[] = []; ;) {
      const page = await json("tenants", "list", "--limit", "1", ...cursor);
      paged.push(...page["tenants"].map(({ slug }: { slug: string }) => slug));
      if (page["next_cursor"] === null) break;
      cursor = ["--cursor", page["next_cursor"]];
    }
    assert.deepEqual(paged, all);
    assert.match((await condo("tenants", "list", "--limit", "1")).stdout, /^More: --cursor [\w-]{36}$/m);
    assert.doesNotMatch(list.stdout, /More/);
    const shown = await condo("tenants", "show", "acme");
    assert.match(shown.stdout, /^users +1 of 50$/m);
    assert.equal((await json("tenants", "show", "acme"))["used"].users, 1);
  });

  test("takes a tenant through its life, and tells both audit logs", async () => {
    await condo("tenants", "create", "life", "--name", "Life");
    const suspended = await json("tenants", "suspend", "life", "--reason", "Not paid");
    assert.equal(suspended["tenant"].status_reason, "Not paid");
    assert.deepEqual(
      await json("tenants", "suspend", "life").then((answer) => [answer["code"], answer["error"].code]),
      [1, "illegal_transition"],
    );
    assert.match((await condo("tenants", "resume", "life")).stdout, /is active/);
    const asked = await condo("tenants", "close", "life");
    assert.equal(asked.code, 1);
    assert.match(asked.stderr, /--confirm life/);
    await condo("tenants", "create", "shy", "--name", "\u001b[2JShy");
    assert.match((await condo("tenants", "close", "shy")).stderr, /everything of \uFFFD\[2JShy in/);
    assert.equal(
      (await json("tenants", "close", "life", "--confirm", "lite"))["error"].code,
      "not_confirmed",
    );
    assert.match(
      (await condo("tenants", "close", "life", "--confirm", "life", "--grace-days", "7")).stdout,
      /closing\. It is erased after 20/,
    );
    for (const days of ["", " ", "soon", "-1", "366"]) {
      const misused = await condo("tenants", "close", "life", "--confirm", "life", "--grace-days", days);
      assert.equal(misused.code, 2, `"${days}" days: ${misused.stdout}`);
    }
    const { tenant } = (await json("tenants", "resume", "life")) as {
      tenant: { id: string; status: string };
    };
    assert.equal(tenant.status, "active");
    for (const tenantId of [tenant.id, platformTenant.id]) {
      const entries = await withTenant(db.app, tenantId, (trx) =>
        trx
          .selectFrom("audit_logs")
          .select(["action", "actor_type"])
          .where("subject_id", "=", tenant.id)
          .orderBy("id")
          .execute(),
      );
      assert.deepEqual(
        entries.map(({ action, actor_type: type }) => `${type} ${action}`),
        ["created", "suspended", "resumed", "closing", "reopened"].map((verb) => `operator tenant.${verb}`),
      );
    }
  });

  test("changes plans and limits", async () => {
    await condo("tenants", "create", "limited", "--name", "Limited");
    const changed = await condo(
      "tenants",
      "plan",
      "limited",
      "free",
      "--limit",
      "users=9",
      "--limit",
      "sources=none",
      "--limit",
      "oidc=yes",
    );
    assert.match(changed.stdout, /on the plan free, with oidc=yes, sources=none, users=9\./, changed.stderr);
    const { limits } = await json("tenants", "show", "limited");
    assert.deepEqual([limits.users, limits.sources, limits.destinations, limits.oidc], [9, null, 3, true]);
    assert.match((await condo("tenants", "plan", "limited", "--plan-limits")).stdout, /plan free\.$/m);
    assert.equal((await json("tenants", "plan", "limited", "gold"))["error"].code, "validation_failed");
    assert.equal((await json("tenants", "plan", "limited"))["error"].code, "nothing_to_do");
  });

  test("a plan that is changed is changed for every tenant on it", async () => {
    const made = await condo(
      "plans",
      "set",
      "gold",
      "--description",
      "All",
      "--limit",
      "event_retention_days=365",
    );
    assert.match(made.stdout, /users=none/, made.stderr);
    await condo("tenants", "create", "golden", "--name", "Golden", "--plan", "gold");
    await condo("plans", "set", "gold", "--limit", "users=3", "--limit", "event_retention_days=7");
    const { limits, tenant } = await json("tenants", "show", "golden");
    assert.deepEqual([limits.users, limits.sources, limits.event_retention_days], [3, null, 7]);
    const kept = await withTenant(db.app, tenant.id, (trx) =>
      trx.selectFrom("tenants").select("event_retention_days").executeTakeFirstOrThrow(),
    );
    assert.equal(kept.event_retention_days, 7);
    assert.match((await condo("plans", "list")).stdout, /^gold +All .*users=3/m);
    const told = await withTenant(db.app, platformTenant.id, async (trx) => ({
      events: await trx.selectFrom("outbox").select("data").where("type", "=", "plan.changed").execute(),
      audit: await trx
        .selectFrom("audit_logs")
        .select("action")
        .where("subject_id", "=", "gold")
        .orderBy("id")
        .execute(),
    }));
    assert.equal(told.events.length, 2);
    assert.deepEqual(
      told.audit.map(({ action }) => action),
      ["plan.created", "plan.changed"],
    );
    assert.equal((await condo("plans", "set", "gold", "--limit", "users=many")).code, 2);
    assert.equal((await condo("plans", "set", "No Name")).code, 2);
  });

  test("exports to a file that it never writes over", async () => {
    const dir = await mkdtemp(join(tmpdir(), "condo-cli-"));
    atEnd(() => rm(dir, { recursive: true, force: true }));
    await condo("tenants", "create", "exported", "--name", "Exported", "--admin-email", "a@b.example");
    const file = join(dir, "e.tar.gz");
    const written = await condo("tenants", "export", "exported", "--output", file);
    assert.equal(written.code, 0, written.stderr);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    const { stdout } = await promisify(execFile)("tar", ["-xzOf", file, "users.ndjson"]);
    assert.match(stdout, /"email":"a@b\.example"/);
    assert.equal(
      (await json("tenants", "export", "exported", "--output", file))["error"].code,
      "file_exists",
    );
    for (const nowhere of [join(dir, "none", "e.tar.gz"), join(file, "e.tar.gz")]) {
      const refused = await json("tenants", "export", "exported", "--output", nowhere);
      assert.equal(refused["error"].code, "not_written", JSON.stringify(refused));
    }
    assert.deepEqual(await readdir(dir), ["e.tar.gz"]);
    const told = await withTenant(db.app, (await json("tenants", "show", "exported"))["tenant"].id, (trx) =>
      trx.selectFrom("audit_logs").select("id").where("action", "=", "tenant.exported").execute(),
    );
    assert.equal(told.length, 1, "of what was not exported nobody is told");
  });

  test("an export by npm lies where npm was called", async () => {
    const dir = await mkdtemp(join(tmpdir(), "condo-cli-"));
    atEnd(() => rm(dir, { recursive: true, force: true }));
    await condo("tenants", "create", "nearby", "--name", "Nearby");
    await promisify(execFile)(process.execPath, [npmRunCondo, "tenants", "export", "nearby"], {
      env: { DATABASE_URL: db.ownerUrl, INIT_CWD: dir },
    });
    assert.deepEqual(await readdir(dir), ["nearby.tar.gz"]);
  });

  test("an export that is interrupted leaves nothing behind, and one that is under way has no name yet", async () => {
    const dir = await mkdtemp(join(tmpdir(), "condo-cli-"));
    atEnd(() => rm(dir, { recursive: true, force: true }));
    await condo("tenants", "create", "large", "--name", "Large");
    const file = join(dir, "large.tar.gz");
    const owner = connect(db.ownerUrl);
    const [isLocked, isOver] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const locking = owner.transaction().execute(async (trx) => {
      await sql`lock table users in access exclusive mode`.execute(trx);
      isLocked.resolve();
      await isOver.promise;
    });
    await isLocked.promise;
    const child = spawn(process.execPath, [main, "tenants", "export", "large", "--output", file], {
      env: { DATABASE_URL: db.ownerUrl },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const exited = once(child, "exit");
    await eventually("it waits for the table", async () => {
      const waiting = sql`select 1 from pg_locks where relation = 'users'::regclass and not granted`;
      return (await waiting.execute(owner)).rows.length > 0;
    });
    const [draft = "", ...more] = await readdir(dir);
    assert.match(draft, /^large\.tar\.gz\.\d+\.part$/);
    assert.deepEqual(more, []);
    child.kill("SIGINT");
    assert.deepEqual(await exited, [null, "SIGINT"]);
    assert.deepEqual(await readdir(dir), []);
    isOver.resolve();
    await locking;
    await owner.destroy();
  });

  test("refuses what can't be, by its exit code", async () => {
    assert.equal((await condo("tenants", "create", "Not A Slug", "--name", "x")).code, 2);
    assert.equal((await condo("tenants", "create", "platform", "--name", "x")).code, 2);
    assert.equal((await condo("tenants", "create", "nameless")).code, 2);
    assert.equal((await condo("tenants", "plan", "x", "--limit", "users=-1")).code, 2);
    assert.equal((await condo("tenants", "plan", "x", "--limit", "gold=1")).code, 2);
    assert.equal((await condo("tenants", "plan", "x", "--limit", "users= ")).code, 2);
    assert.equal((await condo("tenants", "list", "--status", "asleep")).code, 2);
    for (const command of ["show", "suspend", "resume", "close", "export"]) {
      assert.equal((await json("tenants", command, "nobody"))["error"].code, "no_tenant", command);
    }
    await condo("tenants", "create", "taken", "--name", "x");
    assert.equal((await json("tenants", "create", "taken", "--name", "x"))["error"].code, "slug_taken");
    assert.equal((await json("tenants", "suspend", "platform"))["error"].code, "platform_tenant");
    assert.match((await condo("tenants", "--help")).stdout, /suspend .*\n.*resume/s);
  });
});
