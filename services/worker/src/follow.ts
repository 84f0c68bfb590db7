import { followEvents } from "@condo/events";
import type { Logger } from "@condo/http";
import type { RedisConnection } from "@condo/redis";
import type { Destinations } from "./delivery/destinations.ts";

/** Takes notice of changes to destinations and breakers, until `signal` aborts. */
export async function followChanges(options: {
  /** A connection of its own: reads block on it. */
  redis: RedisConnection;
  destinations: Destinations;
  /** A destination, or its breaker, was changed. */
  onChange: (destination: { tenantId: string; id: string }) => void;
  logger: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const { destinations, logger } = options;
  await followEvents({
    redis: options.redis,
    areas: ["webhooks"],
    onEvent(event) {
      if (!("destination_id" in event.data) || event.type === "webhook_delivery.dead") return;
      destinations.forget(event.data.destination_id);
      options.onChange({ tenantId: event.tenantId, id: event.data.destination_id });
    },
    onGap: () => destinations.forgetAll(),
    onUnreadable: (err) => logger.warn({ err }, "an event that this version can't read"),
    onError: (err) => logger.warn({ err }, "changes can't be followed"),
    signal: options.signal,
  });
}
