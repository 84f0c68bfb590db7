import { relayOutbox } from "@condo/events";
import type { Logger } from "@condo/http";
import type { Db } from "@condo/schema";
import type { RedisConnection } from "@condo/redis";
import pg from "pg";
import { pause } from "./pause.ts";
import type { WorkerMetrics } from "./worker-metrics.ts";

/** How long an event may wait when the notification was lost, as it is behind a pooler in transaction mode. */
const pollMs = 500;

/** After events were relayed: what is written meanwhile goes with the next of them, in one transaction and one sync of Redis. */
const restMs = 50;

/** Relays the outbox to its streams, as soon as Postgres tells of something new, until `signal` aborts. */
export async function relay(options: {
  db: Db;
  databaseUrl: string;
  redis: RedisConnection;
  metrics: Pick<WorkerMetrics, "relayed">;
  logger: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const { db, redis, logger, signal } = options;
  const bell = createBell();
  const listening = listen(options.databaseUrl, bell.ring, signal);
  while (!signal.aborted) {
    const rung = bell.next();
    try {
      const { relayed, more } = await relayOutbox(db, redis);
      options.metrics.relayed.inc(relayed);
      if (relayed > 0) logger.debug({ relayed }, "relayed domain events");
      if (more) continue;
      if (relayed > 0) await pause(restMs, signal);
    } catch (err) {
      logger.warn({ err }, "relay");
    }
    const waited = new AbortController();
    await Promise.race([rung, pause(pollMs, AbortSignal.any([signal, waited.signal]))]);
    waited.abort();
  }
  await listening;
}

function createBell(): { ring: () => void; next: () => Promise<void> } {
  let { promise, resolve } = Promise.withResolvers<void>();
  return {
    ring() {
      resolve();
    },
    next() {
      ({ promise, resolve } = Promise.withResolvers<void>());
      return promise;
    },
  };
}

async function listen(databaseUrl: string, onNotification: () => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const client = new pg.Client({
      connectionString: databaseUrl,
      application_name: "worker relay",
      keepAlive: true,
    });
    const lost = new Promise<void>((resolve) => {
      client.on("error", () => resolve());
      client.on("end", () => resolve());
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    client.on("notification", onNotification);
    try {
      await client.connect();
      await client.query("listen condo_outbox");
      await lost;
    } catch {
      // The poll goes on meanwhile; its own failures are logged.
    }
    await client.end().catch(() => undefined);
    await pause(pollMs, signal);
  }
}
