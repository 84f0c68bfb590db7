import { followEvents, type EventArea, type EventType } from "@condo/events";
import type { App, Logger, TenantCache } from "@condo/http";
import { connectRedis } from "@condo/redis";

/** What moves the figures of a tenant's usage, but for recorded events, which are counted anew each second. */
const moving: Partial<Record<EventArea, ReadonlySet<EventType>>> = {
  identity: new Set(["user.created", "user.deleted", "user.restored"]),
  tenants: new Set(["tenant.limits_changed"]),
  webhooks: new Set([
    "webhook_source.created",
    "webhook_source.deleted",
    "webhook_destination.created",
    "webhook_destination.deleted",
  ]),
};
const safeMethods = new Set(["GET", "HEAD", "OPTIONS"]);

/** Forgets what is remembered of a tenant before a change that this process made for it is answered. */
export function forgetOwnChanges(app: App, cache: TenantCache): void {
  app.addHook("onSend", async (request, reply) => {
    if (safeMethods.has(request.method) || reply.statusCode >= 400 || !request.identity) return;
    const { tenant_id: named } = (request.params ?? {}) as { tenant_id?: string };
    await cache.invalidate(named ?? request.identity.tenantId);
  });
}

/**
 * Forgets what is remembered of a tenant as changes are told, until `signal` aborts. What is missed is forgotten within a
 * second by itself. Each area is read on a connection of its own, for in a cluster their streams are in different places.
 */
export async function followChanges(
  redisUrl: string,
  cache: TenantCache,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(
    (Object.keys(moving) as EventArea[]).map((area) =>
      followEvents({
        redis: connectRedis(redisUrl, { waits: true, onError: () => undefined }),
        areas: [area],
        signal,
        onEvent(event) {
          if (moving[area]?.has(event.type)) void cache.invalidate(event.tenantId);
        },
        onGap: () => undefined,
        onUnreadable: (err) => logger.warn({ err }, "an event that this version can't read"),
        onError: (err) => logger.warn({ err }, "changes can't be followed"),
      }),
    ),
  );
}
