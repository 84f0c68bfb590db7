import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { sql, type Kysely } from "kysely";
import {
  applyMigrations,
  asOwner,
  type SchemaMigration,
  type SchemaMigrations,
} from "../src/apply-migrations.ts";
import { createIndexConcurrently } from "../src/concurrent-index.ts";
import { migrations } from "../src/migrations/index.ts";
import { besideWriters } from "./bystanders.ts";
import { pastDatabases, rowsOfTheFirstRelease, type PastDatabases } from "./past-databases.ts";
import { busyTables, harm, schemaState } from "./schema-change.ts";

/** What broke a rule and was released before there were rules. None comes to it. */
const releasedBeforeTheRules: Readonly<Record<string, readonly string[]>> = {
  "20261124000200-people": [
    "changes the type of live_sessions(uuid[])",
    "indexes users while nobody may write it",
    "reads all of users to prove users.users_custom_role_check",
    "reads all of users to prove users.users_role_id_fkey",
    "rewrites users",
  ],
  "20261124000400-intake": ["rewrites webhook_sources"],
  "20261124000500-relay": [
    "closes webhook_attempts, webhook_deliveries, webhook_events together",
    "indexes webhook_deliveries while nobody may write it",
    "takes away webhook_deliveries.queued_until",
  ],
  "20261124000600-destinations": [
    "closes webhook_deliveries, webhook_events together",
    "indexes webhook_events while nobody may write it",
  ],
  "20261124000700-audit": ["indexes audit_logs while nobody may write it"],
  "20261124010101-erasure": ["takes away erase_audit(uuid)"],
  "20261124010600-mail-details": ["changes the type of claim_mails(integer,integer)"],
};

suite("migrations and a system that runs", () => {
  let databases: PastDatabases;
  let newest: string;

  before(async () => {
    databases = await pastDatabases();
  });

  /** Each migration as it is, and what harm it did, looked at as the last thing in its transaction. */
  function watched(list: SchemaMigrations, found: Map<string, string[]>): SchemaMigrations {
    const watch = (name: string, migration: SchemaMigration): SchemaMigration => ({
      ...migration,
      async up(db) {
        const concurrently = migration.transaction === false;
        const then = await schemaState(db);
        if (!concurrently) {
          await migration.up(db);
          found.set(name, harm(then, await schemaState(db), false));
          return;
        }
        const url = databases.superuserUrl(newest);
        const waits = await besideWriters(url, [...busyTables], () => migration.up(db));
        const kept = waits.map((table) => `keeps everybody from ${table} while it waits for who writes it`);
        found.set(name, [...harm(then, await schemaState(db), true), ...kept]);
      },
    });
    return Object.fromEntries(
      Object.entries(list).map(([name, migration]) => [name, watch(name, migration)]),
    );
  }

  test("no migration closes a busy table for long, or takes away what the release before uses", async () => {
    newest = await databases.create();
    const found = new Map<string, string[]>();
    const [first = ""] = Object.keys(migrations);
    await applyMigrations(newest, { [first]: migrations[first] as SchemaMigration });
    await databases.query(newest, rowsOfTheFirstRelease(1));
    await applyMigrations(newest, watched(migrations, found));
    assert.equal(found.size, Object.keys(migrations).length - 1);
    const harmful = Object.fromEntries([...found].filter(([, sentences]) => sentences.length > 0));
    assert.deepEqual(harmful, releasedBeforeTheRules);
  });

  /** What a migration would be told that comes after all others. */
  async function harmOf(statements: string): Promise<string[]> {
    return asOwner(newest, 0, async (db) => {
      const trx = await db.startTransaction().execute();
      try {
        const then = await schemaState(trx);
        await sql.raw(statements).execute(trx);
        return harm(then, await schemaState(trx), false);
      } finally {
        await trx.rollback().execute();
      }
    });
  }

  async function harmOutsideOfTransactions(up: SchemaMigration["up"]): Promise<string[] | undefined> {
    const found = new Map<string, string[]>();
    const { it } = watched({ it: { transaction: false, up } }, found);
    await asOwner(newest, 0, (db) => db.connection().execute(async (connection) => it?.up(connection)));
    return found.get("it");
  }

  const harms: [statement: string, harm: string[]][] = [
    [
      "alter table users drop column is_active cascade",
      ["takes away live_api_keys(bytea[])", "takes away live_sessions(uuid[])", "takes away users.is_active"],
    ],
    [
      "alter table outbox rename column data to body",
      ["demands outbox.body of code that does not know it", "takes away outbox.data"],
    ],
    [
      "alter table tenants alter column name type varchar(300)",
      ["changes the type of tenants.name", "rewrites tenants"],
    ],
    [
      "alter table users alter column password_hash set not null",
      ["demands users.password_hash of code that does not know it"],
    ],
    ["drop function live_sessions(uuid[])", ["takes away live_sessions(uuid[])"]],
    ["create index on webhook_events (service_name)", ["indexes webhook_events while nobody may write it"]],
    ["alter table outbox add column at timestamptz default clock_timestamp()", ["rewrites outbox"]],
    ["reindex index users_by_email", ["rewrites an index of users"]],
    ["alter table outbox add check (type <> '')", ["reads all of outbox to prove outbox.outbox_type_check"]],
    [
      "alter table users add column a int; alter table sessions add column a int",
      ["closes sessions, users together"],
    ],
  ];
  for (const [statement, expected] of harms) {
    test(`is told of: ${statement}`, async () => {
      assert.deepEqual(await harmOf(statement), expected);
    });
  }

  test("lets be what a running system bears", async () => {
    const expand = `
      alter table users add column nickname text, add column points integer not null default 0;
      alter table users add check (points >= 0) not valid;
      create table badges (id uuid primary key, name text not null);
      create index on badges (name);
    `;
    assert.deepEqual(await harmOf(expand), []);
    const up = (db: Kysely<unknown>) =>
      createIndexConcurrently(db, "users_by_first_name", "on users (tenant_id, first_name)");
    assert.deepEqual(await harmOutsideOfTransactions(up), []);
  });

  test("is told of an index that is not made concurrently after all", async () => {
    const up = async (db: Kysely<unknown>) => void (await sql`create index on users (last_name)`.execute(db));
    assert.deepEqual(await harmOutsideOfTransactions(up), [
      "keeps everybody from users while it waits for who writes it",
    ]);
  });
});
