import { consumeEvents, type DomainEvent, type EventArea } from "@condo/events";
import type { Logger } from "@condo/http";
import type { RedisConnection } from "@condo/redis";
import { readTenant, type Db, type SourceName } from "@condo/schema";
import { findSourceNames } from "./repositories/source-names.ts";
import type { SourceCopies } from "./source-copies.ts";
import type { SourceLoader } from "./source-loader.ts";

/** What changes a source: itself, and its tenant. */
const areas = ["tenants", "webhooks"] as const satisfies readonly EventArea[];
/** A tenant may have very many sources. */
const copiedAtOnce = 500;
/** A copy that is refused because a later one was written is made anew; that one may have come without this change. */
const mostTries = 3;

interface Copying {
  db: Db;
  load: SourceLoader;
  copies: SourceCopies;
}

/**
 * Copies each source to Redis as it or its tenant is made or changed, under every name that it has by then, until `signal`
 * aborts: so that one that was never posted to is there, too, when Postgres is away, and one that is no more is not. One
 * process of all hears of a change, one change after another: a flood of them waits in its stream, and what was changed
 * while no process ran is copied by the next.
 */
export async function copyChangedSources(
  options: Copying & {
    /** Makes a connection for reads to block on. */
    connectRedis: () => RedisConnection;
    /** This process's name. */
    instance: string;
    logger: Logger;
    signal: AbortSignal;
  },
): Promise<void> {
  const { logger } = options;
  await Promise.all(
    areas.map((area) =>
      consumeEvents({
        redis: options.connectRedis(),
        area,
        group: "webhook-ingest",
        consumer: options.instance,
        handle: (event) => copySourcesOf(options, event),
        onUnreadable: (err) => logger.warn({ err }, "an event that this version can't read"),
        onError: (err) => logger.warn({ err }, "changed sources can't be copied"),
        signal: options.signal,
      }),
    ),
  );
}

async function copySourcesOf({ db, load, copies }: Copying, event: DomainEvent): Promise<void> {
  const touched = touchedBy(event);
  if (!touched) return;
  const { tenantId } = event;
  const names = await readTenant(db, tenantId, (reader) => findSourceNames(reader, tenantId, touched));
  // Each by itself: the key of a deleted source stands for nothing, though its service may have another by now.
  for (let at = 0; at < names.length; at += copiedAtOnce) {
    await Promise.all(names.slice(at, at + copiedAtOnce).map((name) => copy(load, copies, name)));
  }
}

/** Which of its tenant's names may stand for something else since; undefined for none. */
function touchedBy({ type, data }: DomainEvent): { serviceName?: string; domain?: string } | undefined {
  if (
    type === "webhook_source.created" ||
    type === "webhook_source.updated" ||
    type === "webhook_source.deleted"
  ) {
    return { serviceName: data.service_name };
  }
  if (type === "tenant.domain_changed") return { domain: data.domain };
  return type === "tenant.status_changed" || type === "tenant.limits_changed" ? {} : undefined;
}

/** @throws when it is not known that what is copied is as of now; the event is handed out again then */
async function copy(load: SourceLoader, copies: SourceCopies, name: SourceName): Promise<void> {
  for (let tries = 1; tries <= mostTries; tries++) {
    if (await copies.write(name, await load(name), { notesAbsence: true })) return;
  }
  throw new Error("a copy is as of a later moment than Postgres knows of");
}
