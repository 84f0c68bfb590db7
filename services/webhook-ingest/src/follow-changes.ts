import { followEvents } from "@condo/events";
import type { Logger } from "@condo/http";
import type { Redis } from "ioredis";
import type { SourceDirectory } from "./source-directory.ts";

/** Keeps the directory's memory true: what changes about tenants and sources is forgotten as it is told. */
export function followChanges(
  redis: Redis,
  directory: SourceDirectory,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  return followEvents({
    redis,
    areas: ["tenants", "webhooks"],
    signal,
    onEvent(event) {
      if (event.type.startsWith("webhook_source.") || event.type.startsWith("tenant.")) {
        directory.forgetTenant(event.tenantId);
      }
    },
    onGap() {
      directory.forgetAll();
      directory.setFollowing(true);
    },
    onUnreadable: (err) => {
      logger.error({ err }, "a domain event can't be read");
      directory.forgetAll();
    },
    onError(err) {
      directory.setFollowing(false);
      logger.warn({ err }, "changes can't be followed");
    },
  });
}
