import { consumeEvents, type DomainEvent } from "@condo/events";
import type { Logger } from "@condo/http";
import type { RedisConnection } from "@condo/redis";
import { readTenant, type Db } from "@condo/schema";
import { findSourceNames } from "./repositories/source-names.ts";
import type { SourceCopies } from "./source-copies.ts";
import type { SourceLoader } from "./source-loader.ts";

/**
 * Copies each source to Redis as it is made or changed, under every name that it has by then, until `signal` aborts: so
 * that one that was never posted to is there, too, when Postgres is away. One process of all hears of a change, one change
 * after another: a flood of them waits in its stream, and what was changed while no process ran is copied by the next.
 */
export async function copyChangedSources(options: {
  db: Db;
  load: SourceLoader;
  copies: SourceCopies;
  /** A connection of its own: reads block on it. */
  redis: RedisConnection;
  /** This process's name. */
  instance: string;
  logger: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const { logger } = options;
  await consumeEvents({
    redis: options.redis,
    area: "webhooks",
    group: "webhook-ingest",
    consumer: options.instance,
    handle: (event) => copySourceOf(options, event),
    onUnreadable: (err) => logger.warn({ err }, "an event that this version can't read"),
    onError: (err) => logger.warn({ err }, "changed sources can't be copied"),
    signal: options.signal,
  });
}

async function copySourceOf(
  { db, load, copies }: { db: Db; load: SourceLoader; copies: SourceCopies },
  event: DomainEvent,
): Promise<void> {
  const { type, tenantId, data } = event;
  if (
    type !== "webhook_source.created" &&
    type !== "webhook_source.updated" &&
    type !== "webhook_source.deleted"
  ) {
    return;
  }
  const names = await readTenant(db, tenantId, (reader) =>
    findSourceNames(reader, tenantId, data.service_name),
  );
  // Each by itself: the key of a deleted source stands for nothing, though its service may have another by now.
  await Promise.all(names.map(async (name) => copies.write(name, (await load(name)).record)));
}
