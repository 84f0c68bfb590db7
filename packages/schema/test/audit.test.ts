import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import {
  audit,
  chainAuditRows,
  maskSecrets,
  newId,
  pruneAuditLog,
  tenantsToChain,
  verifyAuditChain,
  withPlatform,
  withTenant,
  type ChainVerdict,
} from "@condo/schema";
import { atEnd, createTestDatabase, createTestTenant, type TestDatabase } from "@condo/testing";
import { sql } from "kysely";
import pg from "pg";

let db: TestDatabase;
let superuser: pg.Client;
before(async () => {
  db = await createTestDatabase();
  superuser = new pg.Client({ connectionString: db.superuserUrl });
  await superuser.connect();
  atEnd(() => superuser.end());
});

function write(tenantId: string, action = "thing.changed", after: object = { name: "a" }) {
  return withTenant(db.app, tenantId, (trx) => record(trx, tenantId, action, after));
}

function record(
  trx: Parameters<typeof audit>[0],
  tenantId: string,
  action = "thing.changed",
  after: object = {},
) {
  return audit(trx, {
    tenantId,
    actor: { type: "user", id: newId(), requestId: "r", address: "10.0.0.1" },
    action,
    subjectType: "thing",
    subjectId: newId(),
    after,
  });
}

async function chain(tenantId: string): Promise<number> {
  let total = 0;
  for (;;) {
    const { chained, more } = await withPlatform(db.platform, (trx) => chainAuditRows(trx, tenantId));
    total += chained;
    if (!more) return total;
  }
}

function verify(tenantId: string): Promise<ChainVerdict> {
  return withTenant(db.app, tenantId, (trx) => verifyAuditChain(trx, tenantId));
}

async function chainOf(count: number): Promise<{ tenantId: string; ids: string[] }> {
  const { id: tenantId } = await createTestTenant(db.app);
  await withTenant(db.app, tenantId, async (trx) => {
    for (let turn = 0; turn < count; turn++) await record(trx, tenantId);
  });
  await chain(tenantId);
  const { rows } = await superuser.query<{ audit_id: string }>(
    "select audit_id from audit_chain where tenant_id = $1 order by sequence",
    [tenantId],
  );
  return { tenantId, ids: rows.map((row) => row.audit_id) };
}

suite("the audit chain", () => {
  test("verifies, batch after batch, and its head moves on", async () => {
    const { tenantId, ids } = await chainOf(1_203);
    assert.equal(ids.length, 1_203);
    assert.deepEqual(ids, ids.toSorted(), "rows of one transaction in the order of their writing");
    const first = await verify(tenantId);
    assert.equal(first.broken, null);
    assert.equal(first.checked, 1_203);
    assert.equal(first.head?.sequence, 1_203);
    await write(tenantId);
    const waiting = await verify(tenantId);
    assert.equal(waiting.broken, null);
    assert.equal(waiting.waiting, 1);
    await chain(tenantId);
    const second = await verify(tenantId);
    assert.equal(second.head?.sequence, 1_204);
    assert.notEqual(second.head?.hash, first.head?.hash);
  });

  test("does not make writers wait, and passes no late commit over", async () => {
    const { id: tenantId } = await createTestTenant(db.app);
    const written = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const slow = withTenant(db.app, tenantId, async (trx) => {
      await record(trx, tenantId, "slow");
      written.resolve();
      await release.promise;
    });
    await written.promise;
    await Promise.all(Array.from({ length: 4 }, () => write(tenantId, "fast")));
    assert.equal(await chain(tenantId), 4);
    release.resolve();
    await slow;
    assert.equal(await chain(tenantId), 1);
    const verdict = await verify(tenantId);
    assert.equal(verdict.broken, null);
    assert.equal(verdict.checked, 5);
  });

  test("stays one chain with many chainers and writers at once", async () => {
    const { id: tenantId } = await createTestTenant(db.app);
    await Promise.all(
      Array.from({ length: 12 }, async (_, turn) => {
        for (let round = 0; round < 5; round++) await (turn % 3 === 0 ? chain(tenantId) : write(tenantId));
      }),
    );
    await chain(tenantId);
    const verdict = await verify(tenantId);
    assert.equal(verdict.broken, null);
    assert.equal(verdict.checked, 40);
    const left = await withPlatform(db.platform, (trx) => tenantsToChain(trx));
    assert.ok(!left.includes(tenantId));
  });

  test("is each tenant's own", async () => {
    const [a, b] = await Promise.all([chainOf(3), chainOf(3)]);
    await superuser.query("update audit_logs set action = 'x' where tenant_id = $1 and id = $2", [
      a.tenantId,
      a.ids[0],
    ]);
    assert.equal((await verify(a.tenantId)).broken?.sequence, 1);
    assert.equal((await verify(b.tenantId)).broken, null);
    const foreign = await withTenant(db.app, b.tenantId, (trx) => verifyAuditChain(trx, a.tenantId));
    assert.deepEqual(foreign, { checked: 0, waiting: 0, head: null, broken: null });
  });

  for (const column of ["actor_id", "action", "request_id", "subject_id"]) {
    test(`names a row whose ${column} was changed`, async () => {
      const { tenantId, ids } = await chainOf(5);
      await superuser.query(`update audit_logs set ${column} = 'forged' where id = $1`, [ids[2]]);
      assert.deepEqual((await verify(tenantId)).broken, {
        fault: "changed_row",
        sequence: 3,
        auditId: ids[2],
      });
    });
  }

  test("names a row whose moment was changed by a microsecond", async () => {
    const { tenantId, ids } = await chainOf(3);
    await superuser.query(
      "update audit_logs set created_at = created_at + interval '1 microsecond' where id = $1",
      [ids[1]],
    );
    assert.equal((await verify(tenantId)).broken?.sequence, 2);
  });

  test("names a row that was taken out, and one that waits and is gone", async () => {
    const { tenantId, ids } = await chainOf(3);
    await superuser.query("delete from audit_logs where id = $1", [ids[1]]);
    assert.deepEqual((await verify(tenantId)).broken, {
      fault: "missing_row",
      sequence: 2,
      auditId: ids[1],
    });

    const { id: other } = await createTestTenant(db.app);
    await write(other);
    await superuser.query("delete from audit_logs where tenant_id = $1", [other]);
    await chain(other);
    assert.equal((await verify(other)).broken?.fault, "missing_row");
  });

  test("names a link that was taken out with its row, at the start and within", async () => {
    for (const gone of [1, 3]) {
      const { tenantId, ids } = await chainOf(4);
      await superuser.query("delete from audit_logs where id = $1", [ids[gone - 1]]);
      await superuser.query("delete from audit_chain where tenant_id = $1 and sequence = $2", [
        tenantId,
        gone,
      ]);
      const { broken } = await verify(tenantId);
      assert.deepEqual({ ...broken, auditId: "" }, { fault: "missing_link", sequence: gone, auditId: "" });
    }
  });

  test("names links that changed places", async () => {
    const { tenantId } = await chainOf(4);
    await superuser.query(
      `update audit_chain set sequence = case sequence when 2 then 103 else 102 end
       where tenant_id = $1 and sequence in (2, 3)`,
      [tenantId],
    );
    await superuser.query(
      "update audit_chain set sequence = sequence - 100 where tenant_id = $1 and sequence > 100",
      [tenantId],
    );
    const { broken } = await verify(tenantId);
    assert.equal(broken?.fault, "reordered");
    assert.equal(broken.sequence, 2);
  });

  test("names a row that was slipped in past the trigger", async () => {
    const { tenantId } = await chainOf(2);
    const id = newId();
    await superuser.query("alter table audit_logs disable trigger audit_logs_wait");
    await superuser.query(
      "insert into audit_logs (id, tenant_id, actor_type, action, subject_type) values ($1, $2, 'user', 'x', 'y')",
      [id, tenantId],
    );
    await superuser.query("alter table audit_logs enable trigger audit_logs_wait");
    assert.deepEqual((await verify(tenantId)).broken, {
      fault: "unchained_row",
      sequence: null,
      auditId: id,
    });
  });
});

suite("the audit log is append-only", () => {
  test("no role of a service changes, deletes or truncates it, nor its chain", async () => {
    const { tenantId } = await chainOf(2);
    for (const table of ["audit_logs", "audit_chain", "audit_checkpoints"]) {
      for (const statement of [
        `update ${table} set tenant_id = tenant_id`,
        `delete from ${table}`,
        `truncate ${table}`,
      ]) {
        const denied = /permission denied/;
        await assert.rejects(
          withTenant(db.app, tenantId, (trx) => sql.raw(statement).execute(trx)),
          denied,
          `condo_app: ${statement}`,
        );
        await assert.rejects(
          withPlatform(db.platform, (trx) => sql.raw(statement).execute(trx)),
          denied,
          `condo_platform: ${statement}`,
        );
      }
    }
    await assert.rejects(
      withTenant(db.app, tenantId, (trx) => sql`delete from audit_unchained`.execute(trx)),
      /permission denied/,
    );
    await assert.rejects(
      withTenant(db.app, tenantId, (trx) => sql`select prune_audit(${tenantId}::uuid, 1)`.execute(trx)),
      /permission denied/,
    );
    await assert.rejects(
      withPlatform(db.platform, (trx) => sql`set local role condo_archivist`.execute(trx)),
      /permission denied/,
    );
  });
});

suite("retention", () => {
  const monthAgo = new Date(Date.now() - 31 * 86_400_000);

  /** A chain whose first rows are old: written so, then chained. */
  async function aged(old: number, young: number): Promise<string> {
    const { id: tenantId } = await createTestTenant(db.app);
    for (let turn = 0; turn < old + young; turn++) await write(tenantId);
    await superuser.query(
      `update audit_logs set created_at = now() - interval '90 days' where tenant_id = $1 and id in
         (select id from audit_logs where tenant_id = $1 order by id limit $2)`,
      [tenantId, old],
    );
    await chain(tenantId);
    return tenantId;
  }

  const prune = (tenantId: string, moment: Date) =>
    withPlatform(db.platform, (trx) => pruneAuditLog(trx, tenantId, moment));

  test("takes what is old and leaves a chain that verifies, and grows", async () => {
    const tenantId = await aged(4, 2);
    assert.deepEqual(await prune(tenantId, monthAgo), { pruned: 4, more: false, broken: null });
    const left = await verify(tenantId);
    assert.equal(left.broken, null);
    assert.equal(left.checked, 2);
    assert.equal(left.head?.sequence, 6);
    assert.equal((await prune(tenantId, monthAgo)).pruned, 0);
    await write(tenantId);
    await chain(tenantId);
    assert.equal((await verify(tenantId)).head?.sequence, 7);
    await superuser.query("delete from audit_chain where tenant_id = $1 and sequence = 5", [tenantId]);
    assert.equal(
      (await verify(tenantId)).broken?.fault,
      "missing_link",
      "the checkpoint is where it goes on",
    );
  });

  test("goes on from a checkpoint when all was pruned", async () => {
    const tenantId = await aged(3, 0);
    assert.equal((await prune(tenantId, monthAgo)).pruned, 3);
    await write(tenantId);
    await chain(tenantId);
    const verdict = await verify(tenantId);
    assert.equal(verdict.broken, null);
    assert.equal(verdict.head?.sequence, 4);
  });

  test("leaves a broken chain as it is, for the evidence", async () => {
    const tenantId = await aged(4, 1);
    await superuser.query(
      "update audit_logs set action = 'forged' where tenant_id = $1 and id = (select audit_id from audit_chain where tenant_id = $1 and sequence = 2)",
      [tenantId],
    );
    const { pruned, broken } = await prune(tenantId, monthAgo);
    assert.equal(pruned, 0);
    assert.equal(broken?.sequence, 2);
  });

  test("is refused by the database for what is younger than 30 days", async () => {
    const tenantId = await aged(1, 1);
    await assert.rejects(prune(tenantId, new Date(Date.now() + 1_000)), /younger than 30 days/);
  });
});

suite("erasing", () => {
  test("takes the whole audit log of a closed tenant, and of no other", async () => {
    const [gone, kept] = [await chainOf(3), await chainOf(2)];
    await write(gone.tenantId);
    const erase = (tenantId: string) =>
      withPlatform(db.platform, (trx) =>
        sql<{ name: string; erased: number }>`select * from erase_audit(${tenantId}::uuid, 3)`.execute(trx),
      );
    await assert.rejects(erase(gone.tenantId), /not closed is kept/);
    await assert.rejects(
      withTenant(db.app, gone.tenantId, (trx) =>
        sql`select erase_audit(${gone.tenantId}::uuid, 3)`.execute(trx),
      ),
      /permission denied/,
    );
    await superuser.query("update tenants set status = 'closed' where id = $1", [gone.tenantId]);
    const counts = async () => (await erase(gone.tenantId)).rows.map(({ name, erased }) => [name, erased]);
    const [chain, checkpoints, logs, unchained] = ["chain", "checkpoints", "logs", "unchained"].map(
      (name) => `audit_${name}`,
    );
    assert.deepEqual(await counts(), [
      [chain, 3],
      [checkpoints, 0],
      [logs, 3],
      [unchained, 1],
    ]);
    assert.deepEqual(await counts(), [
      [chain, 0],
      [checkpoints, 0],
      [logs, 1],
      [unchained, 0],
    ]);
    assert.deepEqual(await verify(gone.tenantId), { checked: 0, waiting: 0, head: null, broken: null });
    assert.equal((await verify(kept.tenantId)).checked, 2);
  });
});

suite("secrets in audit entries", () => {
  test("are masked by name, at any depth, and by look", () => {
    const masked = maskSecrets({
      name: "n",
      password: "p",
      newPassword: "p",
      "client-secret": "p",
      secrets: [{ id: "1", value: "p", expires_at: "2026-01-01", is_active: true }],
      nested: { api_key: "p", deep: [{ refresh_token: "p", token_type: "Bearer" }] },
      api_key_id: "k1",
      sealed: Buffer.from("p"),
      secret_count: 2,
      password_changed_at: "2026-01-01",
      has_secret: true,
      headers: { "x-any": "p" },
      header_names: ["x-any"],
      url: "https://user:p@example.com/hook",
      note: "made with whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    });
    assert.deepEqual(masked, {
      name: "n",
      password: "[masked]",
      newPassword: "[masked]",
      "client-secret": "[masked]",
      secrets: [{ id: "1", value: "[masked]", expires_at: "2026-01-01", is_active: true }],
      nested: { api_key: "[masked]", deep: [{ refresh_token: "[masked]", token_type: "Bearer" }] },
      api_key_id: "k1",
      sealed: "[masked]",
      secret_count: 2,
      password_changed_at: "2026-01-01",
      has_secret: true,
      headers: { "x-any": "[masked]" },
      header_names: ["x-any"],
      url: "https://[masked]@example.com/hook",
      note: "made with [masked]",
    });
  });

  test("do not reach the table", async () => {
    const { id: tenantId } = await createTestTenant(db.app);
    await write(tenantId, "x", { name: "kept", secret: "whsec_not-kept" });
    const row = await withTenant(db.app, tenantId, (trx) =>
      trx.selectFrom("audit_logs").select("after").executeTakeFirstOrThrow(),
    );
    assert.deepEqual(row.after, { name: "kept", secret: "[masked]" });
  });
});
