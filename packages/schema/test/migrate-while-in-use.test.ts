import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { before, suite, test } from "node:test";
import { newId, withTenant } from "@condo/schema";
import { createTestDatabase, createTestTenant, eventually, type TestDatabase } from "@condo/testing";
import { sql } from "kysely";
import pg from "pg";
import { applyMigrations, type SchemaMigrations } from "../src/apply-migrations.ts";
import { createIndexConcurrently } from "../src/concurrent-index.ts";
import { migrations } from "../src/migrations/index.ts";
import { besideWriters } from "./bystanders.ts";

const lockTimeoutMs = 500;

suite("migrate while the database is in use", () => {
  let database: TestDatabase;
  let tenantId: string;

  before(async () => {
    database = await createTestDatabase();
    tenantId = (await createTestTenant(database.app)).id;
  });

  /** Code of the release before: it knows the columns of its own schema, and names those it fills. */
  async function useAsBefore(): Promise<void> {
    const id = newId();
    await withTenant(database.app, tenantId, async (trx) => {
      await trx
        .insertInto("users")
        .values({
          id,
          tenant_id: tenantId,
          email: `${id}@example.com`,
          password_hash: null,
          first_name: "Ada",
          last_name: "Lovelace",
          role: "user",
        })
        .execute();
      await trx.updateTable("users").set({ first_name: "Augusta" }).where("id", "=", id).execute();
    });
    const user = await withTenant(database.app, tenantId, (trx) =>
      trx.selectFrom("users").selectAll().where("id", "=", id).executeTakeFirstOrThrow(),
    );
    assert.equal(user.first_name, "Augusta");
  }

  test("a lock that is not to be had makes the migration give up, and nobody wait behind it", async () => {
    const list: SchemaMigrations = {
      ...migrations,
      "9998-shirt": { up: async (db) => void (await sql`create table shirts (size text)`.execute(db)) },
      "9999-hat": {
        async up(db) {
          await sql`create table hats (size text)`.execute(db);
          await sql`alter table users add column hat text`.execute(db);
        },
      },
    };
    const reader = new pg.Client({ connectionString: database.superuserUrl });
    await reader.connect();
    try {
      await reader.query("begin");
      await reader.query("select from users");
      const migrated = applyMigrations(database.ownerUrl, list, lockTimeoutMs);
      const failed = assert.rejects(migrated, {
        message: /^the migration 9999-hat gave up.* within 500 ms.*It changed nothing; run it again$/,
      });
      await eventually("the migration to wait", async () => {
        const { rowCount } = await reader.query(
          "select from pg_locks where relation = 'users'::regclass and not granted",
        );
        return rowCount;
      });
      // Behind the migration, and past it while the reader's transaction is still open.
      await Promise.all([failed, useAsBefore()]);
      const { rows } = await reader.query(
        "select to_regclass('hats') as hats, to_regclass('shirts') is null as shirts, array(select name from condo_migrations where name > '9') as applied",
      );
      assert.deepEqual(rows, [{ hats: null, shirts: false, applied: ["9998-shirt"] }]);
    } finally {
      await reader.end();
    }
    assert.deepEqual(await applyMigrations(database.ownerUrl, list), ["9999-hat"]);
    await useAsBefore();
  });

  test("code of the release before reads and writes throughout", async () => {
    const { ownerUrl } = database;
    const used = new EventEmitter();
    const list: SchemaMigrations = {
      "9999-hat-expand": {
        async up(db) {
          await sql`
            alter table users add column hat_size text, add column hats integer not null default 0
          `.execute(db);
          await sql`alter table users add constraint users_hats_check check (hats >= 0) not valid`.execute(
            db,
          );
        },
      },
      "9999-hat-index": {
        transaction: false,
        async up(db) {
          await once(used, "use");
          const waits = await besideWriters(database.superuserUrl, ["users"], () =>
            createIndexConcurrently(db, "users_by_hats", "on users (tenant_id, hats)"),
          );
          assert.deepEqual(waits, []);
          await once(used, "use");
        },
      },
      "9999-hat-prove": {
        up: async (db) =>
          void (await sql`alter table users validate constraint users_hats_check`.execute(db)),
      },
    };
    const over = new AbortController();
    async function keepUsing(): Promise<void> {
      while (!over.signal.aborted) {
        await useAsBefore();
        used.emit("use");
      }
    }
    const users = [keepUsing(), keepUsing(), keepUsing()];
    // Two replicas of the new release start at the same time.
    const known = { ...migrations, "9998-shirt": noop, "9999-hat": noop };
    const migrated = Promise.all([
      applyMigrations(ownerUrl, { ...known, ...list }),
      applyMigrations(ownerUrl, { ...known, ...list }),
    ]).finally(() => {
      over.abort();
    });
    const [applied] = await Promise.all([migrated, ...users]);
    assert.deepEqual(applied.flat(), Object.keys(list));
    await useAsBefore();
  });

  test("a concurrent index that was cut off is made by the next run", async () => {
    const own = await createTestDatabase();
    await createTestTenant(own.app, "abcdef");
    const list: SchemaMigrations = {
      ...migrations,
      "9999-index": {
        transaction: false,
        up: (db) => createIndexConcurrently(db, "tenants_by_length", "on tenants ((1 / (length(name) - 6)))"),
      },
    };
    await assert.rejects(applyMigrations(own.ownerUrl, list), /division by zero/);
    await sql`update tenants set name = 'Another name'`.execute(own.platform);
    assert.deepEqual(await applyMigrations(own.ownerUrl, list), ["9999-index"]);
    const { rows } =
      await sql`select indisvalid from pg_index where indexrelid = 'tenants_by_length'::regclass`.execute(
        own.app,
      );
    assert.deepEqual(rows, [{ indisvalid: true }]);
  });
});

const noop = { up: async () => undefined };
