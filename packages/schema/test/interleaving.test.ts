import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { after, before, suite, test } from "node:test";
import {
  connect,
  newId,
  readTenant,
  withTenant,
  type Db,
  type TenantReader,
  type TenantTrx,
} from "@condo/schema";
import {
  createTestDatabase,
  createTestTenant,
  eventually,
  randomSource,
  type TestDatabase,
} from "@condo/testing";
import { sql } from "kysely";

const tenantCount = 5;
const rounds = 60;
const mostAtOnce = 8;

interface Tenant {
  id: string;
  /** Names of the roles that it has committed. */
  roles: Set<string>;
}

class Mishap extends Error {}

suite("many tenants on one pooled connection", () => {
  let db: TestDatabase;
  let single: Db;
  let superuser: Db;
  before(async () => {
    db = await createTestDatabase();
    single = connect(db.appUrl, { poolSize: 1 });
    superuser = connect(db.superuserUrl, { poolSize: 1 });
  });
  after(() => Promise.all([single.destroy(), superuser.destroy()]));

  /** Reads and checks that all is the tenant's own; the rows that it sees beside what it has just written. */
  async function look(trx: TenantReader, tenant: Tenant): Promise<Set<string>> {
    const rows = await trx.selectFrom("roles").select(["tenant_id", "name"]).execute();
    for (const row of rows) assert.equal(row.tenant_id, tenant.id, "a row of another tenant");
    const tenants = await trx.selectFrom("tenants").select("id").execute();
    assert.deepEqual(tenants, [{ id: tenant.id }]);
    return new Set(rows.map(({ name }) => name));
  }

  function insertRole(trx: TenantTrx, tenant: Tenant, name: string): Promise<unknown> {
    return trx
      .insertInto("roles")
      .values({ id: newId(), tenant_id: tenant.id, name, permissions: [] })
      .execute();
  }

  /** Ends or interrupts what the transaction waits for, as an operator, a timeout or a failover would. */
  async function strike(trx: TenantTrx, by: "pg_cancel_backend" | "pg_terminate_backend"): Promise<void> {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(trx);
    const pid = Number(rows[0]?.pid);
    const asleep = sql`select pg_sleep(60)`.execute(trx);
    const outcome = asleep.then(
      () => assert.fail("it slept to the end"),
      () => undefined,
    );
    await eventually("it sleeps", async () => {
      const found =
        await sql`select from pg_stat_activity where pid = ${pid} and wait_event = 'PgSleep'`.execute(
          superuser,
        );
      return found.rows.length === 1;
    });
    await sql`select ${sql.raw(by)}(${pid})`.execute(superuser);
    await outcome;
  }

  /** What can happen to a transaction. */
  type Happening = (tenant: Tenant, other: Tenant, name: string) => Promise<void>;
  const happenings: Record<string, Happening> = {
    async reads(tenant) {
      await withTenant(single, tenant.id, (trx) => look(trx, tenant));
    },
    async "reads by statements"(tenant) {
      await readTenant(single, tenant.id, (reader) => look(reader, tenant));
    },
    async "fails between statements"(tenant) {
      await readTenant(single, tenant.id, async (reader) => {
        await assert.rejects(sql`select 1 / 0`.execute(reader), /division by zero/);
        await assert.rejects(sql`delete from roles`.execute(reader), /read-only/);
        await look(reader, tenant);
      });
    },
    async writes(tenant, _other, name) {
      await withTenant(single, tenant.id, async (trx) => {
        await insertRole(trx, tenant, name);
        assert.ok((await look(trx, tenant)).has(name));
      });
      tenant.roles.add(name);
    },
    async "throws after a write"(tenant, _other, name) {
      const lost = withTenant(single, tenant.id, async (trx) => {
        await insertRole(trx, tenant, name);
        throw new Mishap();
      });
      await assert.rejects(lost, Mishap);
    },
    async "throws before its first statement"(tenant) {
      const lost = withTenant(single, tenant.id, () => {
        throw new Mishap();
      });
      await assert.rejects(lost, Mishap);
    },
    async "goes on after a failed statement"(tenant, _other, name) {
      const lost = withTenant(single, tenant.id, async (trx) => {
        await insertRole(trx, tenant, name);
        await sql`select 1 / 0`.execute(trx).catch(() => undefined);
      });
      await assert.rejects(lost);
    },
    async "fails and does not catch it"(tenant, _other, name) {
      const lost = withTenant(single, tenant.id, async (trx) => {
        await insertRole(trx, tenant, name);
        await insertRole(trx, tenant, name);
      });
      await assert.rejects(lost, /duplicate key/);
    },
    async "writes into another tenant"(tenant, other, name) {
      const refused = withTenant(single, tenant.id, (trx) => insertRole(trx, other, name));
      await assert.rejects(refused, /row-level security/);
    },
    async "changes and deletes without a condition"(tenant) {
      const lost = withTenant(single, tenant.id, async (trx) => {
        await trx.updateTable("roles").set({ description: "changed" }).execute();
        await trx.deleteFrom("roles").execute();
        throw new Mishap();
      });
      await assert.rejects(lost, Mishap);
    },
    async "leaves statements under way when it ends"(tenant) {
      const left: Promise<unknown>[] = [];
      await withTenant(single, tenant.id, async (trx) => {
        for (let count = 0; count < 5; count++) left.push(look(trx, tenant));
      });
      for (const outcome of await Promise.allSettled(left)) {
        // Too late is no harm, and neither is a connection that stands for nobody: what it sees then is nothing.
        const { reason } = outcome as PromiseRejectedResult;
        if (outcome.status === "rejected") assert.match(String(reason), /committed|\+ \[\]|deep-equal/);
      }
    },
    async "keeps its transaction after the end"(tenant) {
      const kept = await withTenant(single, tenant.id, async (trx) => ({ trx }));
      await assert.rejects(look(kept.trx, tenant), /already committed/);
    },
    async "is cancelled"(tenant, _other, name) {
      const lost = withTenant(single, tenant.id, async (trx) => {
        await insertRole(trx, tenant, name);
        await strike(trx, "pg_cancel_backend");
      });
      await assert.rejects(lost);
    },
    async "loses its connection"(tenant, _other, name) {
      const lost = withTenant(single, tenant.id, async (trx) => {
        await insertRole(trx, tenant, name);
        await strike(trx, "pg_terminate_backend");
      });
      await assert.rejects(lost);
    },
    async "asks without a tenant"() {
      assert.deepEqual(await single.selectFrom("roles").select("id").execute(), []);
      assert.deepEqual(await single.selectFrom("tenants").select("id").execute(), []);
    },
  };

  test("see and change their own rows alone, whatever goes wrong in between", async (t) => {
    const seed = Number(process.env["CONDO_TEST_SEED"] ?? randomInt(2 ** 31));
    t.diagnostic(`CONDO_TEST_SEED=${seed}`);
    const random = randomSource(seed);
    const tenants: Tenant[] = await Promise.all(
      Array.from({ length: tenantCount }, async () => ({
        id: (await createTestTenant(db.app)).id,
        roles: new Set<string>(),
      })),
    );
    const nobody: Tenant = { id: newId(), roles: new Set() };
    const all = Object.values(happenings);
    let count = 0;
    try {
      for (let round = 0; round < rounds; round++) {
        await Promise.all(
          Array.from({ length: 1 + random.below(mostAtOnce) }, async () => {
            // The first ones are sure to be each of them.
            const happening = all[count] ?? random.pick(all);
            const [tenant, other] = [random.pick(tenants), random.pick(tenants)];
            await happening(tenant, tenant === other ? nobody : other, `role ${count++}`);
          }),
        );
      }
      for (const tenant of tenants) {
        const seen = await withTenant(single, tenant.id, (trx) => look(trx, tenant));
        assert.deepEqual(seen, tenant.roles, "what was committed, and nothing else");
      }
    } catch (error) {
      throw new Error(`With CONDO_TEST_SEED=${seed}`, { cause: error });
    }
  });
});
