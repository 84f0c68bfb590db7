import { consumeEvents, type DomainEvent } from "@condo/events";
import type { Logger } from "@condo/http";
import type { RedisConnection } from "@condo/redis";
import { idFrom, withTenant, type Db } from "@condo/schema";
import { queueNotices } from "../repositories/mails.ts";
import { listUsersWhoMay } from "../repositories/users.ts";

/** Of what is older nobody is told: a group that begins anew reads its stream from the start. */
const newsMs = 86_400_000;
/** So many people of a tenant get a notice, at most. */
const mostRecipients = 20;

/** Mails what happened while nobody looked to those who can do something about it, until `signal` aborts. */
export async function mailNotices(options: {
  db: Db;
  /** A connection of its own: reads block on it. */
  redis: RedisConnection;
  /** This process's name. */
  instance: string;
  onQueued: () => void;
  logger: Pick<Logger, "warn">;
  signal: AbortSignal;
}): Promise<void> {
  const { db, logger } = options;
  await consumeEvents({
    redis: options.redis,
    area: "webhooks",
    group: "identity-api",
    consumer: options.instance,
    async handle(event) {
      if (await queueNoticeOf(db, event)) options.onQueued();
    },
    onUnreadable: (err) => logger.warn({ err }, "an event that this version can't read"),
    onError: (err) => logger.warn({ err }, "events can't be followed"),
    signal: options.signal,
  });
}

async function queueNoticeOf(db: Db, { id, tenantId, type, time, data }: DomainEvent): Promise<boolean> {
  if (type !== "webhook_destination.disabled" || Date.now() - time.getTime() > newsMs) return false;
  await withTenant(db, tenantId, async (trx) => {
    const people = await listUsersWhoMay(trx, "webhook_destinations:write", mostRecipients);
    await queueNotices(
      trx,
      people.map(({ id: userId, email }) => ({
        id: idFrom(id, userId),
        tenantId,
        kind: "destination_disabled",
        recipient: email,
        subjectId: userId,
        details: data,
      })),
    );
  });
  return true;
}
