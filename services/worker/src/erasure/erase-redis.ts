import { eraseEvents } from "@condo/events";
import { eraseQueued, eraseSourceNotes, sourceCopyKey } from "@condo/intake";
import type { RedisConnection } from "@condo/redis";
import { destinationStreamKey } from "@condo/routing";
import { withPlatform, type Db } from "@condo/schema";

/**
 * Erases what Redis holds of a tenant: queued events, domain events, its streams, what was noted of its sources, and
 * copies of them. Names are asked of Postgres, so it comes before the rows that have them are erased; it may be done
 * again. What is left ends by itself: digests that recognise repetitions, within their window, and wake-ups of the
 * delivery queue, which are ids.
 *
 * @returns how much of each kind
 */
export async function eraseRedis(options: {
  db: Db;
  redis: RedisConnection;
  shards: number;
  tenantId: string;
}): Promise<Record<string, number>> {
  const { db, redis, tenantId } = options;
  const { tenant, domains, sources, streams } = await withPlatform(db, async (trx) => ({
    tenant: await trx.selectFrom("tenants").selectAll().where("id", "=", tenantId).executeTakeFirst(),
    domains: await trx
      .selectFrom("tenant_domains")
      .select("domain")
      .where("tenant_id", "=", tenantId)
      .execute(),
    sources: await trx
      .selectFrom("webhook_sources")
      .select(["id", "service_name", "source_key"])
      .where("tenant_id", "=", tenantId)
      .execute(),
    streams: await trx
      .selectFrom("webhook_destinations")
      .select("stream_name")
      .distinct()
      .where("tenant_id", "=", tenantId)
      .where("stream_name", "is not", null)
      .execute(),
  }));
  const names = [tenantId, tenant?.slug, ...domains.map(({ domain }) => domain)].filter(
    (name) => name !== undefined,
  );
  const keys = [
    ...streams.map(({ stream_name: name }) => destinationStreamKey(tenantId, name ?? "")),
    ...sources.flatMap(({ service_name: service, source_key: key }) => [
      ...names.map((name) => sourceCopyKey(`${name}/${service}`)),
      sourceCopyKey(`key:${key}/${service}`),
    ]),
  ];
  const deleted = await Promise.all(keys.map((key) => redis.del(key)));
  await Promise.all(sources.map(({ id }) => eraseSourceNotes(redis, id)));
  const queued = await Promise.all(
    Array.from({ length: options.shards }, (_, shard) => eraseQueued(redis, shard, tenantId)),
  );
  return {
    redis_keys: sum(deleted),
    redis_queued_events: sum(queued),
    redis_domain_events: await eraseEvents(redis, tenantId),
  };
}

const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
