import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { connect, type Db } from "@condo/schema";
import { migrateToLatest, migrationNames, roleUrl } from "@condo/schema/migrate";
import { createTestDatabase, testPasswords } from "@condo/testing";
import { sql } from "kysely";
import pg from "pg";
import { dumpSchema } from "../src/dump.ts";

suite("migrate", () => {
  let clusterUrl: string;
  let databases = 0;

  before(async () => {
    clusterUrl = (await createTestDatabase({ apart: true })).superuserUrl;
    await asSuperuser("alter role condo_owner password 'owner'");
  });

  async function asSuperuser(statement: string): Promise<void> {
    const client = new pg.Client({ connectionString: clusterUrl });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  }

  async function connected<T>(url: string, work: (db: Db) => Promise<T>): Promise<T> {
    const db = connect(url, { poolSize: 1 });
    try {
      return await work(db);
    } finally {
      await db.destroy();
    }
  }

  /** The owner's URL of an empty database, as an installation has it before its first start. */
  async function createEmptyDatabase(): Promise<string> {
    const name = `migrate_${++databases}`;
    await asSuperuser(`create database ${name} owner condo_owner`);
    const url = new URL(clusterUrl);
    url.pathname = `/${name}`;
    url.username = "condo_owner";
    url.password = "owner";
    return url.href;
  }

  async function whoIs(url: string): Promise<string | undefined> {
    return connected(url, async (db) => {
      const { rows } = await sql<{ who: string }>`select current_user as who`.execute(db);
      return rows[0]?.who;
    });
  }

  test("an empty database that two migrate at once gets each migration once", async () => {
    const ownerUrl = await createEmptyDatabase();
    const applied = await Promise.all([
      migrateToLatest(ownerUrl, testPasswords),
      migrateToLatest(ownerUrl, testPasswords),
    ]);
    assert.deepEqual(applied.flat(), migrationNames);
  });

  test("many replicas that start at once on a migrated database do not trip over each other", async () => {
    const ownerUrl = await createEmptyDatabase();
    await migrateToLatest(ownerUrl, testPasswords);
    const applied = await Promise.all(
      Array.from({ length: 12 }, () => migrateToLatest(ownerUrl, testPasswords)),
    );
    assert.deepEqual(applied.flat(), []);
  });

  test("a migrated database is left as it is", async () => {
    const ownerUrl = await createEmptyDatabase();
    assert.deepEqual(await migrateToLatest(ownerUrl, testPasswords), migrationNames);
    const before = await connected(ownerUrl, dumpSchema);
    assert.deepEqual(await migrateToLatest(ownerUrl, testPasswords), []);
    assert.equal(await connected(ownerUrl, dumpSchema), before);
  });

  test("service roles log in with the passwords of the last run, whatever is in them", async () => {
    const ownerUrl = await createEmptyDatabase();
    await migrateToLatest(ownerUrl, testPasswords);
    const changed = { appPassword: "a'b%20\\c/@:?#é", platformPassword: "p$$" };
    await migrateToLatest(ownerUrl, changed);
    assert.equal(await whoIs(roleUrl(ownerUrl, "condo_app", changed.appPassword)), "condo_app");
    assert.equal(
      await whoIs(roleUrl(ownerUrl, "condo_platform", changed.platformPassword)),
      "condo_platform",
    );
    await assert.rejects(whoIs(roleUrl(ownerUrl, "condo_app", testPasswords.appPassword)), /password/);
  });

  test("a statement of a service role may not run on for ever", async () => {
    const ownerUrl = await createEmptyDatabase();
    await migrateToLatest(ownerUrl, testPasswords);
    const { rows } = await connected(roleUrl(ownerUrl, "condo_app", testPasswords.appPassword), (db) =>
      sql`select current_setting('statement_timeout') as statement,
        current_setting('idle_in_transaction_session_timeout') as idle`.execute(db),
    );
    assert.deepEqual(rows, [{ statement: "30s", idle: "30s" }]);
  });

  test("a database that is away is an error, and no more", async () => {
    await assert.rejects(
      migrateToLatest("postgres://condo_owner:owner@127.0.0.1:1/condo", testPasswords),
      /ECONNREFUSED/,
    );
  });
});
