import assert from "node:assert/strict";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { removeEngines, startPgbouncer } from "@condo/engines";
import { connect, readTenant, withTenant, type Db, type TenantReader } from "@condo/schema";
import { createTestDatabase, createTestTenant, type TestDatabase } from "@condo/testing";
import { sql } from "kysely";

/** Enough for what is used again to be prepared. */
const turns = 5;

suite("reading without a transaction of one's own", () => {
  let db: TestDatabase;
  let single: Db;
  let owner: Db;
  let tenants: [{ id: string }, { id: string }];
  before(async () => {
    db = await createTestDatabase();
    single = connect(db.appUrl, { poolSize: 1 });
    owner = connect(db.ownerUrl, { poolSize: 1 });
    tenants = [await createTestTenant(db.app), await createTestTenant(db.app)];
  });
  after(() => Promise.all([single.destroy(), owner.destroy()]));

  const idsSeen = (reader: TenantReader) => reader.selectFrom("tenants").select("id").execute();
  const preparedOn = async (of: Db) =>
    (await sql<{ statement: string }>`select statement from pg_prepared_statements`.execute(of)).rows.map(
      ({ statement }) => statement,
    );

  test("shows the tenant's rows alone, and leaves nothing behind on the connection", async () => {
    for (let turn = 0; turn < turns; turn++) {
      for (const { id } of tenants) assert.deepEqual(await readTenant(single, id, idsSeen), [{ id }]);
      assert.deepEqual(await single.selectFrom("tenants").select("id").execute(), []);
    }
    assert.ok(
      (await preparedOn(single)).some((text) => text.includes('from "tenants"')),
      "it is prepared",
    );
    const { rows } = await sql`
      select current_setting('condo.tenant_id', true) as tenant, current_setting('transaction_read_only') as read_only
    `.execute(single);
    assert.deepEqual(rows, [{ tenant: "", read_only: "off" }]);
  });

  test(
    "a tenant's reads, however slow, leave half of the connections to others",
    { timeout: 20_000 },
    async () => {
      const four = connect(db.appUrl, { poolSize: 4 });
      const [{ id: slow }, { id: other }] = tenants;
      const gate = await owner.startTransaction().execute();
      await sql`select pg_advisory_xact_lock(4711)`.execute(gate);
      const done: number[] = [];
      const reads = [0, 1, 2, 3, 4, 5].map((n) =>
        readTenant(four, slow, (reader) =>
          sql`select pg_advisory_xact_lock_shared(4711)`.execute(reader),
        ).then(() => done.push(n)),
      );
      try {
        for (let turn = 0; turn < turns; turn++) {
          assert.deepEqual(await Promise.all([1, 2].map(() => readTenant(four, other, idsSeen))), [
            [{ id: other }],
            [{ id: other }],
          ]);
        }
        assert.deepEqual(done, []);
        await gate.commit().execute();
        await Promise.all(reads);
        assert.equal(done.length, reads.length);
      } finally {
        await four.destroy();
      }
    },
  );

  test("writes nothing, whatever is asked of it", async () => {
    const [{ id }] = tenants;
    const write = sql`update tenants set name = 'taken'`;
    await assert.rejects(
      readTenant(single, id, (reader) => write.execute(reader)),
      { code: "25006" },
    );
    const lock = (reader: TenantReader) => reader.selectFrom("tenants").select("id").forUpdate().execute();
    await assert.rejects(readTenant(single, id, lock), { code: "25006" });
    await withTenant(single, id, (trx) => trx.updateTable("tenants").set({ name: "own" }).execute());
    const seen = await readTenant(single, id, (reader) =>
      reader.selectFrom("tenants").select("name").executeTakeFirstOrThrow(),
    );
    assert.equal(seen.name, "own");
  });

  test("a statement that fails fails alone; the same connection goes on", async () => {
    const [{ id }] = tenants;
    const divide = (by: number) => (reader: TenantReader) =>
      sql<{ result: number }>`select 10 / ${by}::int as result`.execute(reader);
    for (let turn = 0; turn < turns; turn++) {
      await assert.rejects(readTenant(single, id, divide(0)), { code: "22012" });
      assert.deepEqual((await readTenant(single, id, divide(5))).rows, [{ result: 2 }]);
      await assert.rejects(
        readTenant(single, id, (reader) => sql`select no such`.execute(reader)),
        {
          code: "42703",
        },
      );
      assert.deepEqual(await readTenant(single, id, idsSeen), [{ id }]);
    }
  });

  test("what was prepared survives a table that changes, and a server that forgot it", async () => {
    const [{ id }] = tenants;
    const whole = (reader: TenantReader) =>
      reader.selectFrom("tenants").selectAll().executeTakeFirstOrThrow();
    for (let turn = 0; turn < turns; turn++) await readTenant(single, id, whole);
    await sql`alter table tenants add column probe int default 7`.execute(owner);
    assert.equal(((await readTenant(single, id, whole)) as { probe?: number }).probe, 7);
    await sql`alter table tenants drop column probe`.execute(owner);
    assert.equal("probe" in (await readTenant(single, id, whole)), false);
    await sql`deallocate all`.execute(single);
    assert.equal((await readTenant(single, id, whole)).id, id);
  });

  test("only so many statements are prepared on a connection", async () => {
    const [{ id }] = tenants;
    for (let count = 0; count < 150; count++) {
      const text = sql<{ count: number }>`select ${sql.lit(count)}::int as count`;
      const { rows } = await readTenant(single, id, (reader) => text.execute(reader));
      assert.deepEqual(rows, [{ count }]);
    }
    assert.ok((await preparedOn(single)).length <= 100);
  });

  test("a tenant id that is no UUID is refused before it reaches Postgres", async () => {
    await assert.rejects(readTenant(single, "' or true --", idsSeen), TypeError);
  });

  test("behind a pooler in transaction mode nothing is prepared, and tenants stay apart", async () => {
    const dir = await mkdtemp(join(tmpdir(), "condo-test-pgbouncer-"));
    const pooler = await startPgbouncer({ dir, urls: [db.appUrl], poolSize: 2 });
    const pools = Array.from({ length: 3 }, () => connect(pooler.through(db.appUrl), { poolSize: 2 }));
    try {
      await Promise.all(
        Array.from({ length: 300 }, async (_, turn) => {
          const { id } = tenants[turn % 2] ?? tenants[0];
          const pool = pools[turn % pools.length];
          assert.ok(pool);
          if (turn % 5 === 0) {
            const named = await withTenant(pool, id, (trx) =>
              trx.selectFrom("tenants").select("id").execute(),
            );
            assert.deepEqual(named, [{ id }]);
          }
          assert.deepEqual(await readTenant(pool, id, idsSeen), [{ id }]);
        }),
      );
      for (const pool of pools) assert.deepEqual(await preparedOn(pool), []);
    } finally {
      await Promise.all(pools.map((pool) => pool.destroy()));
      await removeEngines(dir);
    }
  });
});
