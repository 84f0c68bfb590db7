import { destinationStreamKey } from "@condo/routing";
import { Redis } from "ioredis";
import type { Book } from "./book.ts";
import type { Stage } from "./stage.ts";

/** Whose events internal services read: one stream of each tenant. */
export const streamName = "chaos";

const pageEntries = 1_000;

interface StreamedEvent {
  id: string;
  condotenant: string;
  data: unknown;
}

/** Writes down what came into the streams of tenants, as an internal service would read it. */
export async function readStreams({ fleet, tenants }: Stage, book: Book): Promise<void> {
  const redis = new Redis(fleet.redisUrl);
  try {
    for (const { id: tenantId, destinations } of tenants) {
      const destination = destinations.find(({ isStream }) => isStream);
      if (!destination) throw new Error(`tenant ${tenantId} has no stream`);
      for await (const event of eventsOf(redis, destinationStreamKey(tenantId, streamName))) {
        if (event.condotenant !== tenantId) {
          book.wrong(`event ${event.id} of ${event.condotenant} came into a stream of ${tenantId}`);
        }
        // Senders write JSON as this does, so that it is the body again.
        book.arrived(destination.id, event.id, Buffer.from(JSON.stringify(event.data)), true);
      }
    }
  } finally {
    redis.disconnect();
  }
}

/** Every event of a stream, in its order. */
export async function* eventsOf(redis: Redis, key: string): AsyncGenerator<StreamedEvent> {
  for (let after = "-"; ;) {
    const entries = await redis.xrange(key, after, "+", "COUNT", pageEntries);
    const last = entries.at(-1);
    if (!last) return;
    for (const [, fields] of entries) yield JSON.parse(fields[1] ?? "") as StreamedEvent;
    after = `(${last[0]}`;
  }
}
