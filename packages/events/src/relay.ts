import { withPlatform, type Db, type PlatformTrx } from "@condo/schema";
import type { Redis } from "ioredis";
import { sql } from "kysely";
import { catalogue, streamOf, type EventType } from "./catalogue.ts";
import { encodeEvent } from "./cloud-event.ts";

const batchSize = 500;

/** How long a relayed event stays in its stream and in the outbox, for readers that were away. */
const retentionMs = 7 * 24 * 3600_000;

/** Stands in Redis as long as Redis has what was relayed to it. */
const markerKey = "condo:events:marker";

/**
 * Relays waiting outbox rows to their streams, in order of their ids. One relay works at a time, whoever calls. A crash
 * after the stream was written and before the rows were marked relays them again: readers are idempotent by event id.
 *
 * A Redis that lost its marker was emptied, so everything that is still kept is relayed again.
 *
 * @param db as `condo_platform`
 * @returns how many events were relayed; a full batch means that there may be more
 */
export async function relayOutbox(db: Db, redis: Redis): Promise<{ relayed: number; more: boolean }> {
  return withPlatform(db, async (trx) => {
    const lock = await sql<{
      held: boolean;
    }>`select pg_try_advisory_xact_lock(hashtext('condo outbox')) as held`.execute(trx);
    if (!lock.rows[0]?.held) return { relayed: 0, more: false };
    const marked = await redis.exists(markerKey);
    if (!marked)
      await trx.updateTable("outbox").set({ relayed_at: null }).where("relayed_at", "is not", null).execute();
    const rows = await trx
      .selectFrom("outbox")
      .selectAll()
      .where("relayed_at", "is", null)
      .orderBy("id")
      .limit(batchSize)
      .execute();
    if (rows.length > 0) {
      await publish(redis, rows);
      await markRelayed(
        trx,
        rows.map((row) => row.id),
      );
    }
    if (!marked) await redis.set(markerKey, new Date().toISOString());
    return { relayed: rows.length, more: rows.length === batchSize };
  });
}

type Row = { id: string; tenant_id: string; type: string; data: unknown; created_at: Date };

async function publish(redis: Redis, rows: readonly Row[]): Promise<void> {
  const oldest = Date.now() - retentionMs;
  const results = await Promise.all(
    rows.map((row) => {
      const type = row.type as EventType;
      const event = encodeEvent({
        id: row.id,
        tenantId: row.tenant_id,
        type,
        time: row.created_at,
        data: row.data,
      });
      return redis.xadd(streamOf(catalogue[type].area), "MINID", "~", oldest, "*", "event", event);
    }),
  );
  if (results.includes(null)) throw new Error("Redis did not take an event");
}

async function markRelayed(trx: PlatformTrx, ids: string[]): Promise<void> {
  await trx.updateTable("outbox").set({ relayed_at: new Date() }).where("id", "in", ids).execute();
}

/** Deletes what was relayed longer ago than it is kept. @returns how many */
export async function pruneOutbox(db: Db): Promise<number> {
  const oldest = new Date(Date.now() - retentionMs);
  const result = await withPlatform(db, (trx) =>
    trx.deleteFrom("outbox").where("relayed_at", "<", oldest).executeTakeFirst(),
  );
  return Number(result.numDeletedRows);
}
