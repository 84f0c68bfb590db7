import type { RedisConnection } from "@condo/redis";
import { commitWith, withPlatform, type Db, type PlatformTrx } from "@condo/schema";
import { sql } from "kysely";
import { catalogue, eventTypes, streamOf, type EventType } from "./catalogue.ts";
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
 * A Redis that lost its marker was emptied, so everything that is still kept is relayed again. Rows of a type that this
 * version does not know wait for a version that does.
 *
 * @param db as `condo_platform`
 * @returns how many events were relayed; a full batch means that there may be more
 */
export async function relayOutbox(
  db: Db,
  redis: RedisConnection,
): Promise<{ relayed: number; more: boolean }> {
  if (!(await redis.exists(markerKey))) await forgetRelays(db, redis);
  const relayed = await withPlatform(db, async (trx) => {
    // Read in the same round trip, in vain where another relay is at work.
    const [isAlone, rows] = await Promise.all([takeTurn(trx), waitingRows(trx)]);
    if (!isAlone || rows.length === 0) return 0;
    await publish(redis, rows);
    const ids = rows.map((row) => row.id);
    await commitWith(trx, () =>
      Promise.all([
        // A mark that a crash undoes has an event relayed again, as any crash here may: not worth a wait for the disk.
        sql`select set_config('synchronous_commit', 'off', true)`.execute(trx),
        markRelayed(trx, ids),
      ]),
    );
    return rows.length;
  });
  return { relayed, more: relayed === batchSize };
}

/**
 * Has everything relayed again. The marker is set once that is committed, and before anything is published: a crash, or
 * another emptying, at any point between leaves either no marker or rows that wait.
 */
async function forgetRelays(db: Db, redis: RedisConnection): Promise<void> {
  const forgotten = await withPlatform(db, async (trx) => {
    // Another relay may have come first, and have published already.
    if (!(await takeTurn(trx)) || (await redis.exists(markerKey))) return false;
    await trx.updateTable("outbox").set({ relayed_at: null }).where("relayed_at", "is not", null).execute();
    return true;
  });
  if (forgotten) await redis.set(markerKey, new Date().toISOString());
}

/** Whether no other relay is at work, and none will be until the transaction ends. */
async function takeTurn(trx: PlatformTrx): Promise<boolean> {
  const { rows } = await sql<{
    taken: boolean;
  }>`select pg_try_advisory_xact_lock(hashtext('condo outbox')) as taken`.execute(trx);
  return rows[0]?.taken ?? false;
}

type Row = { id: string; tenant_id: string; type: string; data: unknown; created_at: Date };

async function waitingRows(trx: PlatformTrx): Promise<Row[]> {
  return trx
    .selectFrom("outbox")
    .select(["id", "tenant_id", "type", "data", "created_at"])
    .where("relayed_at", "is", null)
    .where(sql<boolean>`type = any(${eventTypes}::text[])`)
    .orderBy("id")
    .limit(batchSize)
    .execute();
}

async function publish(redis: RedisConnection, rows: readonly Row[]): Promise<void> {
  const oldest = Date.now() - retentionMs;
  await Promise.all(
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
}

async function markRelayed(trx: PlatformTrx, ids: string[]): Promise<void> {
  await trx
    .updateTable("outbox")
    .set({ relayed_at: new Date() })
    .where(sql<boolean>`id = any(${ids}::uuid[])`)
    // So that the index of waiting rows serves.
    .where("relayed_at", "is", null)
    .execute();
}

/** Deletes what was relayed longer ago than it is kept. @returns how many */
export async function pruneOutbox(db: Db): Promise<number> {
  const oldest = new Date(Date.now() - retentionMs);
  const result = await withPlatform(db, (trx) =>
    trx.deleteFrom("outbox").where("relayed_at", "<", oldest).executeTakeFirst(),
  );
  return Number(result.numDeletedRows);
}
