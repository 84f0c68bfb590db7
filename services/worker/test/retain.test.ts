import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { createLogger } from "@condo/http";
import { newId, withTenant } from "@condo/schema";
import { sql } from "kysely";
import pg from "pg";
import { turnPartitions } from "../src/retain.ts";
import { startInstallation, type Installation, type Tenant } from "./installation.ts";

const dayMs = 86_400_000;
const logger = createLogger("worker", "silent");

/** A UUIDv7 of another time. */
function idAt(time: number): string {
  const hex = time.toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}${newId().slice(13)}`;
}

suite("retention", () => {
  let installation: Installation;
  let tenant: Tenant;
  before(async () => {
    installation = await startInstallation();
    tenant = await installation.createTenant();
  });

  async function insertEvents(count: number, time: number, retentionDays = 30): Promise<void> {
    const ids = Array.from({ length: count }, (_, n) => idAt(time + n));
    await withTenant(installation.db.app, tenant.id, (trx) =>
      sql`
        insert into webhook_events (id, tenant_id, service_name, event_type, headers, body, received_at, retention_days)
        select id, ${tenant.id}, 'orders', 'order.created', '{}', '', now(), ${retentionDays}::smallint
        from unnest(${ids}::uuid[]) id
      `.execute(trx),
    );
  }

  async function countEvents(): Promise<number> {
    const { rows } = await withTenant(installation.db.app, tenant.id, (trx) =>
      sql<{ count: number }>`select count(*)::integer as count from webhook_events`.execute(trx),
    );
    return rows[0]?.count ?? 0;
  }

  async function asSuperuser(...statements: string[]): Promise<pg.QueryResult> {
    const client = new pg.Client({ connectionString: installation.db.superuserUrl });
    await client.connect();
    try {
      return await client.query(statements.join(";"));
    } finally {
      await client.end();
    }
  }

  /** Puts a week that lies long back in place, as if it had been made in its time. */
  async function makeWeek(monday: Date): Promise<void> {
    const floor = (time: number) => `${time.toString(16).padStart(12, "0")}${"0".repeat(20)}`;
    const name = `webhook_events_${monday.toISOString().slice(0, 10).replaceAll("-", "")}`;
    await asSuperuser(
      "alter table webhook_events detach partition webhook_events_earlier",
      `create table ${name} partition of webhook_events
        for values from ('${floor(monday.getTime())}') to ('${floor(monday.getTime() + 7 * dayMs)}')
        partition by list (retention_days)`,
      ...[7, 30, 90, 365].map(
        (days) => `create table ${name}_${days} partition of ${name} for values in (${days})`,
      ),
      `alter table ${name} owner to condo_owner`,
      ...[7, 30, 90, 365].map((days) => `alter table ${name}_${days} owner to condo_owner`),
    );
  }

  test("what is kept no longer is dropped as a partition, and what is kept longer stays", async () => {
    const day = Math.floor(Date.now() / dayMs);
    // The 1st of January 1970 was a Thursday.
    const monday = new Date((day - ((day + 3) % 7) - 42) * dayMs);
    await makeWeek(monday);
    await insertEvents(3, monday.getTime() + dayMs, 30);
    await insertEvents(2, monday.getTime() + dayMs, 90);
    await insertEvents(4, Date.now() - 1_000, 7);
    const turned = await turnPartitions(installation.db.platform, logger);
    assert.equal(turned.dropped, 2, "7 and 30 days are over");
    assert.equal(await countEvents(), 6);
    assert.deepEqual(await turnPartitions(installation.db.platform, logger), { made: 0, dropped: 0 });
  });

  test("events of a week without a partition are kept, and moved when it gets one", async () => {
    const before = await countEvents();
    // One week is made ahead.
    const later = Date.now() + 21 * dayMs;
    await insertEvents(5, later);
    assert.equal(await countEvents(), before + 5);
    await sql`select webhook_partitions_ensure(4)`.execute(installation.db.platform);
    assert.equal(await countEvents(), before + 5);
    const left = await asSuperuser("select from webhook_events_later");
    assert.equal(left.rowCount, 0);
  });

  test("condo_app can't make or drop partitions", async () => {
    await assert.rejects(
      sql`select webhook_partitions_ensure(1)`.execute(installation.db.app),
      /permission denied/,
    );
    await assert.rejects(
      sql`select webhook_partitions_expire()`.execute(installation.db.app),
      /permission denied/,
    );
  });

  test("the first page of a list reads the newest partitions in order, and sorts nothing", async () => {
    await insertEvents(20_000, Date.now() - 100_000);
    await asSuperuser("analyze webhook_events");
    const plan = await withTenant(installation.db.app, tenant.id, async (trx) => {
      const { rows } = await sql<{ "QUERY PLAN": string }>`
        explain (analyze, costs off, timing off, summary off)
        select id, event_type from webhook_events order by id desc limit 51
      `.execute(trx);
      return rows.map((row) => row["QUERY PLAN"]).join("\n");
    });
    assert.doesNotMatch(plan, /\bSort\b.*\n\s+Sort Key: webhook_events\.id/, plan);
    assert.doesNotMatch(plan, /Seq Scan/, plan);
    assert.match(plan, /never executed/, `older partitions are not read:\n${plan}`);
  });
});
