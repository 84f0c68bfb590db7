import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { before, suite, test } from "node:test";
import { audit, chainAuditRows, connect, newId, withPlatform, withTenant } from "@condo/schema";
import { createTestDatabase, createTestTenant, type TestDatabase } from "@condo/testing";
import { sql } from "kysely";

const main = new URL("../src/main.ts", import.meta.url).pathname;

let db: TestDatabase;
before(async () => {
  db = await createTestDatabase();
});

async function condo(...args: string[]) {
  const child = spawn(process.execPath, [main, ...args], {
    env: { DATABASE_URL: db.platformUrl },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  return { stdout, stderr, code };
}

async function chainedTenant(): Promise<{ id: string; slug: string; ids: string[] }> {
  const tenant = await createTestTenant(db.app);
  await withTenant(db.app, tenant.id, async (trx) => {
    for (let turn = 0; turn < 4; turn++) {
      await audit(trx, {
        tenantId: tenant.id,
        actor: { type: "service", id: "test", requestId: null, address: null },
        action: "thing.changed",
        subjectType: "thing",
        subjectId: newId(),
      });
    }
  });
  await withPlatform(db.platform, (trx) => chainAuditRows(trx, tenant.id));
  const rows = await withTenant(db.app, tenant.id, (trx) =>
    trx.selectFrom("audit_chain").select("audit_id").orderBy("sequence").execute(),
  );
  return { ...tenant, ids: rows.map((row) => row.audit_id) };
}

suite("condo audit verify", () => {
  test("says that chains are intact, and where they end", async () => {
    const tenant = await chainedTenant();
    const all = await condo("audit", "verify");
    assert.equal(all.code, 0, all.stderr);
    assert.match(all.stdout, new RegExp(`^${tenant.slug}: intact, 4 links, head 4:[0-9a-f]{64}$`, "m"));
    const json = await condo("audit", "verify", "--tenant", tenant.slug, "--json");
    const { tenants } = JSON.parse(json.stdout) as { tenants: Record<string, unknown>[] };
    assert.equal(tenants.length, 1);
    assert.equal(tenants[0]?.["is_intact"], true);
    assert.equal(tenants[0]?.["checked"], 4);
    assert.equal((await condo("audit", "verify", "--tenant", tenant.id)).code, 0);
  });

  test("ends with 1 and names the first broken link when a superuser changed one row", async () => {
    const [tenant, other] = [await chainedTenant(), await chainedTenant()];
    const superuser = connect(db.superuserUrl, { poolSize: 1 });
    await sql`update audit_logs set action = 'forged' where id = any (${tenant.ids.slice(2)}::uuid[])`.execute(
      superuser,
    );
    await superuser.destroy();
    const all = await condo("audit", "verify");
    assert.equal(all.code, 1);
    const named = `${tenant.slug}: broken at link 3: the entry was changed (entry ${tenant.ids[2]})`;
    assert.ok(all.stdout.includes(named), all.stdout);
    assert.ok(all.stderr.includes(named), all.stderr);
    assert.match(all.stdout, new RegExp(`^${other.slug}: intact`, "m"));

    const json = await condo("--json", "audit", "verify", "--tenant", tenant.slug);
    assert.equal(json.code, 1);
    const { tenants } = JSON.parse(json.stdout) as { tenants: Record<string, unknown>[] };
    assert.deepEqual(tenants[0]?.["broken"], {
      fault: "changed_row",
      sequence: 3,
      audit_id: tenant.ids[2],
    });
    const { error } = JSON.parse(json.stderr) as { error: { code: string } };
    assert.equal(error.code, "audit_chain_broken");
    assert.equal((await condo("audit", "verify", "--tenant", other.slug)).code, 0);
  });

  test("says when there is no such tenant, and what it takes", async () => {
    const none = await condo("audit", "verify", "--tenant", "nobody-here");
    assert.equal(none.code, 1);
    assert.match(none.stderr, /There is no tenant "nobody-here"/);
    const help = await condo("audit", "verify", "--help");
    assert.equal(help.code, 0);
    assert.match(help.stdout, /--tenant <slug>/);
  });
});
