import { followEvents, type EventArea } from "@condo/events";
import type { Logger } from "@condo/http";
import { connectRedis } from "@condo/redis";
import type { SourceDirectory } from "./source-directory.ts";

/** What changes a source: itself, and its tenant. */
const areas = ["tenants", "webhooks"] as const satisfies readonly EventArea[];

/**
 * Keeps the directory's memory true: what changes about tenants and sources is forgotten as it is told. Each area is read
 * on a connection of its own, for in a cluster their streams are in different places.
 */
export async function followChanges(
  redisUrl: string,
  directory: SourceDirectory,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  const followed = new Set<EventArea>();
  await Promise.all(
    areas.map((area) =>
      followEvents({
        redis: connectRedis(redisUrl, { waits: true, onError: () => undefined }),
        areas: [area],
        signal,
        onEvent(event) {
          if (event.type.startsWith("webhook_source.") || event.type.startsWith("tenant.")) {
            directory.forgetTenant(event.tenantId);
          } else if (event.type === "plan.changed") directory.forgetAll();
        },
        onGap() {
          directory.forgetAll();
          followed.add(area);
          directory.setFollowing(followed.size === areas.length);
        },
        onUnreadable: (err) => {
          logger.error({ err }, "a domain event can't be read");
          directory.forgetAll();
        },
        onError(err) {
          followed.delete(area);
          directory.setFollowing(false);
          logger.warn({ err }, "changes can't be followed");
        },
      }),
    ),
  );
}
