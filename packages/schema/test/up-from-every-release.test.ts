import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { connect } from "@condo/schema";
import { applyMigrations } from "../src/apply-migrations.ts";
import { dumpSchema } from "../src/dump.ts";
import { migrations } from "../src/migrations/index.ts";
import { pastDatabases, rowsOfTheFirstRelease } from "./past-databases.ts";

type Row = Record<string, unknown>;

/** Columns that a migration took away before there were rules (see migration-rules.test.ts). */
const gone: Record<string, string[]> = { webhook_deliveries: ["queued_until"] };

/**
 * Each migration has a transaction of its own, so that a database which stops at every release on its way up has been
 * all of them: it is filled at each.
 */
test("rows of every released schema come to the newest as they were", async () => {
  const databases = await pastDatabases();
  const url = await databases.create();

  async function rows(): Promise<Map<string, Row[]>> {
    const tables = await databases.query<{ name: string }>(
      url,
      `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
         and not relispartition and relname not like 'condo\\_migration%'`,
    );
    const [all] = await databases.query<Record<string, Row[] | null>>(
      url,
      `select ${tables.map(({ name }) => `(select jsonb_agg(to_jsonb(t)) from ${name} t) as ${name}`).join(", ")}`,
    );
    return new Map(Object.entries(all ?? {}).map(([name, found]) => [name, found ?? []]));
  }

  const entries = Object.entries(migrations);
  const kept: { release: string; before: Map<string, Row[]> }[] = [];
  for (const [index, [release]] of entries.entries()) {
    await applyMigrations(url, Object.fromEntries(entries.slice(0, index + 1)));
    await databases.query(url, rowsOfTheFirstRelease(index + 1));
    kept.push({ release, before: await rows() });
  }

  const now = await rows();
  for (const { release, before } of kept) {
    for (const [table, rowsThen] of before) {
      const columns = Object.keys(rowsThen[0] ?? {}).filter((column) => !gone[table]?.includes(column));
      const found = new Set(now.get(table)?.map((row) => only(columns, row)));
      const lost = rowsThen.map((row) => only(columns, row)).filter((row) => !found.has(row));
      assert.deepEqual(lost, [], `${table} of ${release}`);
    }
  }
  const db = connect(url, { poolSize: 1 });
  try {
    assert.equal(await dumpSchema(db), await readFile(new URL("../schema.sql", import.meta.url), "utf8"));
  } finally {
    await db.destroy();
  }
});

function only(columns: string[], row: Row): string {
  return JSON.stringify(columns.map((column) => row[column]));
}
