import { followEvents, type EventArea } from "@condo/events";
import type { Logger } from "@condo/http";
import type { RedisConnection } from "@condo/redis";
import type { Destinations } from "./delivery/destinations.ts";

/** What changes a destination: itself, its breaker, and its tenant. */
const areas = ["tenants", "webhooks"] as const satisfies readonly EventArea[];

/** Takes notice of changes to destinations, breakers and tenants, until `signal` aborts. */
export async function followChanges(options: {
  /** Makes a connection of its own: reads block on it, and in a cluster areas are in different places. */
  connectRedis: () => RedisConnection;
  destinations: Destinations;
  /** A destination, or its breaker, was changed. */
  onChange: (destination: { tenantId: string; id: string }) => void;
  /** A tenant was suspended, resumed, or changed otherwise. */
  onTenantChange: (tenantId: string) => void;
  logger: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const { destinations, logger } = options;
  await Promise.all(
    areas.map((area) =>
      followEvents({
        redis: options.connectRedis(),
        areas: [area],
        onEvent(event) {
          if (event.type.startsWith("tenant.")) {
            destinations.forgetTenant(event.tenantId);
            options.onTenantChange(event.tenantId);
            return;
          }
          if (!("destination_id" in event.data) || event.type === "webhook_delivery.dead") return;
          destinations.forget(event.data.destination_id);
          options.onChange({ tenantId: event.tenantId, id: event.data.destination_id });
        },
        onGap: () => destinations.forgetAll(),
        onUnreadable: (err) => logger.warn({ err }, "an event that this version can't read"),
        onError: (err) => logger.warn({ err }, "changes can't be followed"),
        signal: options.signal,
      }),
    ),
  );
}
