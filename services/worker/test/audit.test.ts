import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { createLogger } from "@condo/http";
import { audit, connect, newId, verifyAuditChain, withPlatform, withTenant, type Db } from "@condo/schema";
import { createTestDatabase, createTestTenant, eventually, type TestDatabase } from "@condo/testing";
import { sql } from "kysely";
import { chainAudit } from "../src/chain-audit.ts";
import { retainAudit } from "../src/retain-audit.ts";

const logger = createLogger("worker", "silent");

let db: TestDatabase;
before(async () => {
  db = await createTestDatabase();
});

function record(tenantId: string): Promise<void> {
  return withTenant(db.app, tenantId, (trx) =>
    audit(trx, {
      tenantId,
      actor: { type: "service", id: "test", requestId: null, address: null },
      action: "thing.changed",
      subjectType: "thing",
      subjectId: newId(),
    }),
  );
}

const verify = (tenantId: string) => withTenant(db.app, tenantId, (trx) => verifyAuditChain(trx, tenantId));

/** Runs a loop of the worker while `fn` looks at what it does. */
async function during(
  loop: (signal: AbortSignal) => Promise<void>,
  fn: () => Promise<unknown>,
): Promise<void> {
  const closing = new AbortController();
  const ended = loop(closing.signal);
  try {
    await fn();
  } finally {
    closing.abort();
    await ended;
  }
}

async function asSuperuser(fn: (superuser: Db) => Promise<unknown>): Promise<void> {
  const superuser = connect(db.superuserUrl, { poolSize: 1 });
  try {
    await fn(superuser);
  } finally {
    await superuser.destroy();
  }
}

suite("the worker and the audit log", () => {
  test("links what waits, of every tenant, with two workers at it", async () => {
    const tenants = await Promise.all(Array.from({ length: 4 }, () => createTestTenant(db.app)));
    for (const { id } of tenants) await record(id);
    await during(
      async (signal) => {
        await Promise.all([
          chainAudit({ db: db.platform, logger, signal }),
          chainAudit({ db: db.platform, logger, signal }),
        ]);
      },
      async () => {
        for (const { id } of tenants) await record(id);
        for (const { id } of tenants) {
          const verdict = await eventually("its links", async () => {
            const found = await verify(id);
            return found.waiting === 0 && found.checked === 2 && found;
          });
          assert.equal(verdict.broken, null);
        }
      },
    );
  });

  test("removes what is past its retention, keeps what is not, and the chain verifies", async () => {
    const [old, young, broken] = [
      await createTestTenant(db.app),
      await createTestTenant(db.app),
      await createTestTenant(db.app),
    ];
    for (const { id } of [old, old, young, broken, broken]) await record(id);
    await asSuperuser((superuser) =>
      sql`update audit_logs set created_at = now() - interval '40 days' where tenant_id <> ${young.id}`.execute(
        superuser,
      ),
    );
    await during(
      (signal) => chainAudit({ db: db.platform, logger, signal }),
      () => eventually("links", async () => (await verify(broken.id)).checked === 2),
    );
    await eventually("links", async () => (await verify(old.id)).waiting === 0);
    await asSuperuser((superuser) =>
      sql`update audit_logs set action = 'forged' where tenant_id = ${broken.id}`.execute(superuser),
    );
    await withTenant(db.app, old.id, (trx) =>
      trx
        .insertInto("idempotency_keys")
        .values({
          tenant_id: old.id,
          caller: "user:x",
          key_hash: Buffer.alloc(32),
          route: "POST /",
          fingerprint: Buffer.alloc(32),
          claim_id: newId(),
          lease_until: new Date(),
          status_code: null,
          answer_sealed: null,
          expires_at: new Date(Date.now() - 1_000),
        })
        .execute(),
    );
    const countOf = async (tenantId: string) =>
      (await withTenant(db.app, tenantId, (trx) => trx.selectFrom("audit_logs").select("id").execute()))
        .length;
    await during(
      (signal) => retainAudit({ db: db.platform, days: 31, logger, signal }),
      () => eventually("the old rows to go", async () => (await countOf(old.id)) === 0),
    );
    assert.equal(await countOf(young.id), 1);
    assert.equal(await countOf(broken.id), 2, "the evidence stays");
    assert.equal((await verify(old.id)).broken, null);
    const keys = await withPlatform(db.platform, (trx) =>
      trx.selectFrom("idempotency_keys").select("caller").execute(),
    );
    assert.deepEqual(keys, []);
  });
});
