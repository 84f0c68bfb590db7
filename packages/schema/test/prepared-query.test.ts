import assert from "node:assert/strict";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { removeEngines, startPgbouncer } from "@condo/engines";
import { connect, newId, withTenant, type Db } from "@condo/schema";
import { createTestDatabase, createTestTenant, type TestDatabase } from "@condo/testing";
import { sql } from "kysely";

suite("statements that come again", () => {
  let db: TestDatabase;
  let single: Db;
  let owner: Db;
  let tenantId: string;
  before(async () => {
    db = await createTestDatabase();
    single = connect(db.appUrl, { poolSize: 1 });
    owner = connect(db.ownerUrl, { poolSize: 1 });
    tenantId = (await createTestTenant(db.app)).id;
  });
  after(() => Promise.all([single.destroy(), owner.destroy()]));

  const prepared = async (of: Db): Promise<string[]> => {
    const { rows } = await sql<{ statement: string }>`select statement from pg_prepared_statements`.execute(
      of,
    );
    return rows.map(({ statement }) => statement);
  };
  const rename = (of: Db, name: string) =>
    withTenant(of, tenantId, (trx) =>
      trx.updateTable("tenants").set({ name }).where("id", "=", tenantId).execute(),
    );

  test("are prepared once, over transactions; one that came once is not", async () => {
    for (const name of ["one", "two", "three"]) await rename(single, name);
    await sql`select ${1}::int as once`.execute(single);
    for (let turn = 0; turn < 2; turn++) {
      await sql`select count(*) as no_values from tenants`.execute(single);
      await sql.raw("select 1; select 2").execute(single);
    }
    const texts = await prepared(single);
    assert.equal(texts.filter((text) => text.startsWith('update "tenants"')).length, 1);
    assert.equal(texts.filter((text) => text.includes("set_config('condo.tenant_id'")).length, 1);
    assert.equal(texts.filter((text) => text.includes("as no_values")).length, 1);
    assert.equal(texts.filter((text) => /as once|select 2/.test(text)).length, 0);
  });

  test("bear a column that is added meanwhile: what reads all columns is not kept", async () => {
    const whole = () =>
      withTenant(single, tenantId, (trx) =>
        trx.selectFrom("tenants").selectAll().where("id", "=", tenantId).executeTakeFirstOrThrow(),
      );
    for (let turn = 0; turn < 3; turn++) await whole();
    await sql`alter table tenants add column probe int default 7`.execute(owner);
    assert.equal(((await whole()) as { probe?: number }).probe, 7);
    await rename(single, "with a probe");
    await sql`alter table tenants drop column probe`.execute(owner);
    assert.equal("probe" in (await whole()), false);
  });

  test("go on after one of them failed, in a transaction that others of it wait in", async () => {
    const divide = (trx: Parameters<Parameters<typeof withTenant>[2]>[0], by: number) =>
      sql<{ result: number }>`select 10 / ${by}::int as result`.execute(trx);
    for (let turn = 0; turn < 4; turn++) {
      await assert.rejects(
        withTenant(single, tenantId, (trx) => Promise.all([divide(trx, 0), divide(trx, 5), divide(trx, 2)])),
        { code: "22012" },
      );
      const answers = await withTenant(single, tenantId, (trx) =>
        Promise.all([divide(trx, 5), divide(trx, 2)]),
      );
      assert.deepEqual(
        answers.map(({ rows }) => rows[0]?.result),
        [2, 5],
      );
    }
  });

  test("cost one transaction where the server forgot them", async () => {
    for (let turn = 0; turn < 3; turn++) await rename(single, "kept");
    await sql`deallocate all`.execute(single);
    await assert.rejects(rename(single, "lost"), { code: "26000" });
    // Statements that were sent with the one that failed, and never done, are not taken for prepared either.
    await rename(single, "kept again");
    await rename(single, "and again");
    const { name } = await withTenant(single, tenantId, (trx) =>
      trx.selectFrom("tenants").select("name").where("id", "=", tenantId).executeTakeFirstOrThrow(),
    );
    assert.equal(name, "and again");
  });

  test("are a hundred on a connection, those used last", async () => {
    const ask = (of: Db, count: number) =>
      sql<{ count: number }>`select ${sql.lit(count)}::int + ${0}::int as count`.execute(of);
    const nameOfFirst = async () => {
      const { rows } = await sql<{ name: string }>`
        select name from pg_prepared_statements where statement like 'select 0::%'`.execute(single);
      return rows[0]?.name;
    };
    await ask(single, 0);
    await ask(single, 0);
    const name = await nameOfFirst();
    assert.ok(name !== undefined);
    for (let count = 1; count < 120; count++) {
      for (const again of [0, count, count]) {
        assert.deepEqual((await ask(single, again)).rows, [{ count: again }]);
      }
    }
    assert.equal(await nameOfFirst(), name, "it was never forgotten, and prepared anew");
    const texts = await prepared(single);
    assert.ok(texts.length <= 100, `${texts.length} are`);
    const isPrepared = (count: number): boolean => texts.some((text) => text.startsWith(`select ${count}::`));
    assert.deepEqual([0, 1, 119].map(isPrepared), [true, false, true]);
  });

  test("may be planned for whatever values they come with, and anew after a time", async () => {
    const plans = async (of: Db) => {
      const { rows } = await sql<{ prepare_time: Date; generic_plans: string; custom_plans: string }>`
        select prepare_time, generic_plans, custom_plans from pg_prepared_statements
        where statement like 'update "tenants"%'`.execute(of);
      return rows;
    };
    const lasting = connect(db.appUrl, { poolSize: 1, plansForMs: 60_000 });
    const brief = connect(db.appUrl, { poolSize: 1, plansForMs: 0 });
    try {
      for (const pool of [lasting, brief]) {
        // By then the connection knows whom it speaks to.
        await sql`select 1`.execute(pool);
        for (const name of ["one", "two", "three"]) await rename(pool, name);
      }
      const [kept, ...others] = await plans(lasting);
      assert.deepEqual([Number(kept?.generic_plans), Number(kept?.custom_plans), others], [2, 0, []]);
      const [first] = await plans(brief);
      await rename(brief, "four");
      const [second, ...older] = await plans(brief);
      assert.ok(first && second && second.prepare_time > first.prepare_time);
      assert.deepEqual([Number(second.generic_plans), older], [1, []]);
    } finally {
      await Promise.all([lasting.destroy(), brief.destroy()]);
    }
  });

  test("have no name behind a pooler in transaction mode", async () => {
    const dir = await mkdtemp(join(tmpdir(), "condo-test-pgbouncer-"));
    const pooler = await startPgbouncer({ dir, urls: [db.appUrl], poolSize: 2 });
    const pools = Array.from({ length: 3 }, () => connect(pooler.through(db.appUrl), { poolSize: 2 }));
    try {
      await Promise.all(
        Array.from({ length: 120 }, async (_, turn) => {
          const [pool] = pools.slice(turn % pools.length);
          assert.ok(pool);
          await rename(pool, newId());
        }),
      );
      for (const pool of pools) assert.deepEqual(await prepared(pool), []);
    } finally {
      await Promise.all(pools.map((pool) => pool.destroy()));
      await removeEngines(dir);
    }
  });
});
