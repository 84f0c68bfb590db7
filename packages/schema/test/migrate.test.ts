import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { connect } from "@condo/schema";
import { migrateToLatest, migrationNames, roleUrl } from "@condo/schema/migrate";
import { createTestDatabase, testPasswords } from "@condo/testing";
import { sql } from "kysely";
import pg from "pg";
import { dumpSchema } from "../src/dump.ts";

// Roles belong to the whole cluster: other suites must not find their passwords changed.
delete process.env["CONDO_TEST_POSTGRES_URL"];

suite("migrate", () => {
  let clusterUrl: string;
  let databases = 0;

  before(async () => {
    clusterUrl = (await createTestDatabase()).superuserUrl;
    await asSuperuser((client) => client.query("alter role condo_owner password 'owner'"));
  });

  async function asSuperuser(work: (client: pg.Client) => Promise<unknown>): Promise<void> {
    const client = new pg.Client({ connectionString: clusterUrl });
    await client.connect();
    await work(client).finally(() => client.end());
  }

  /** The owner's URL of an empty database, as an installation has it before its first start. */
  async function createEmptyDatabase(): Promise<string> {
    const name = `migrate_${++databases}`;
    await asSuperuser((client) => client.query(`create database ${name} owner condo_owner`));
    const url = new URL(clusterUrl);
    url.pathname = `/${name}`;
    url.username = "condo_owner";
    url.password = "owner";
    return url.href;
  }

  async function schemaOf(ownerUrl: string): Promise<string> {
    const db = connect(ownerUrl);
    return dumpSchema(db).finally(() => db.destroy());
  }

  async function whoIs(url: string): Promise<string | undefined> {
    const db = connect(url, { poolSize: 1 });
    const { rows } = await sql<{ who: string }>`select current_user as who`
      .execute(db)
      .finally(() => db.destroy());
    return rows[0]?.who;
  }

  test("an empty database that two migrate at once gets each migration once", async () => {
    const ownerUrl = await createEmptyDatabase();
    const applied = await Promise.all([
      migrateToLatest(ownerUrl, testPasswords),
      migrateToLatest(ownerUrl, testPasswords),
    ]);
    assert.deepEqual(applied.flat(), migrationNames);
  });

  test("a migrated database is left as it is", async () => {
    const ownerUrl = await createEmptyDatabase();
    assert.deepEqual(await migrateToLatest(ownerUrl, testPasswords), migrationNames);
    const before = await schemaOf(ownerUrl);
    assert.deepEqual(await migrateToLatest(ownerUrl, testPasswords), []);
    assert.equal(await schemaOf(ownerUrl), before);
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
    const db = connect(roleUrl(ownerUrl, "condo_app", testPasswords.appPassword));
    const { rows } = await sql`select current_setting('statement_timeout') as statement,
      current_setting('idle_in_transaction_session_timeout') as idle`
      .execute(db)
      .finally(() => db.destroy());
    assert.deepEqual(rows, [{ statement: "30s", idle: "30s" }]);
  });

  test("a database that is away is an error, and no more", async () => {
    await assert.rejects(
      migrateToLatest("postgres://condo_owner:owner@127.0.0.1:1/condo", testPasswords),
      /ECONNREFUSED/,
    );
  });
});
