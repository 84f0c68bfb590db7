import type { RedisConnection } from "@condo/redis";
import type { PlatformTrx } from "@condo/schema";
import { sql } from "kysely";
import type { IncomingEvent } from "./entry.ts";
import { receiptKeyOf } from "./record.ts";
import { dedupeKeyOf } from "./shards.ts";

/**
 * A webhook can come by way of Redis and past it, before either knows of the other: each answers an id of its own, and one
 * event is recorded. The id that was passed over is kept as another name of that event, so that whoever was answered it
 * finds what it stands for.
 *
 * @param events that were passed over when they were recorded
 * @returns for those that are stored under another id, that id
 */
export async function recordAliases(
  trx: PlatformTrx,
  events: readonly IncomingEvent[],
): Promise<Map<string, string>> {
  if (events.length === 0) return new Map();
  const column = <T>(pick: (event: IncomingEvent) => T) => events.map((event) => pick(event));
  const { rows } = await sql<{ id: string; event_id: string }>`
    with alias as (
      select passed.tenant_id, passed.id, receipt.event_id
      from unnest(
        ${column((event) => event.tenantId)}::uuid[],
        ${column((event) => event.sourceId)}::uuid[],
        ${column(receiptKeyOf)}::text[],
        ${column((event) => event.id)}::uuid[]
      ) as passed (tenant_id, source_id, dedupe_key, id)
      join webhook_receipts receipt using (tenant_id, source_id, dedupe_key)
      -- A batch that is done again passes over what it has recorded itself: no need to look at events for it.
      where receipt.event_id <> passed.id
        and not exists (
          select from webhook_events event where event.tenant_id = passed.tenant_id and event.id = passed.id
        )
    ), made as (
      insert into webhook_aliases (tenant_id, id, event_id) select * from alias on conflict do nothing
    )
    select id, event_id from alias
  `.execute(trx);
  return new Map(rows.map((row) => [row.id, row.event_id]));
}

const script = `
for i, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[2 * i - 1] then redis.call('SET', key, ARGV[2 * i], 'KEEPTTL') end
end
`;

/** From now on repetitions of these events are answered the id under which each is stored. */
export async function answerStoredIds(
  redis: RedisConnection,
  shard: number,
  events: readonly IncomingEvent[],
  aliases: ReadonlyMap<string, string>,
): Promise<void> {
  const renamed = events.flatMap((event) => {
    const storedId = aliases.get(event.id);
    return storedId === undefined ? [] : [{ key: dedupeKeyOf(shard, event), id: event.id, storedId }];
  });
  if (renamed.length === 0) return;
  const keys = renamed.map(({ key }) => key);
  await redis.eval(script, keys.length, ...keys, ...renamed.flatMap(({ id, storedId }) => [id, storedId]));
}
