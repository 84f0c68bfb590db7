import { catalogue, eventAreas, streamOf, type EventType } from "@condo/events";
import { Redis } from "ioredis";
import type { Client } from "pg";
import type { Stage } from "./stage.ts";
import { eventsOf } from "./streams.ts";

/** Whether all that was told has been relayed to its stream. */
export async function isAllRelayed(postgres: Client): Promise<boolean> {
  const { rows } = await postgres.query("select from outbox where relayed_at is null limit 1");
  return rows.length === 0;
}

/** Holds the domain events that were written with changes against the streams that internal services read. */
export async function accountOfDomainEvents(
  { fleet }: Stage,
  postgres: Client,
): Promise<{ told: number; lost: string[] }> {
  const { rows: told } = await postgres.query<{ id: string; type: EventType }>("select id, type from outbox");
  const { rows: silent } = await postgres.query<{ id: string }>(
    `select id from webhook_deliveries where status = 'dead' and id::text not in
       (select data ->> 'delivery_id' from outbox where type = 'webhook_delivery.dead')`,
  );
  const redis = new Redis(fleet.redisUrl);
  const streamed = new Map(eventAreas.map((area) => [area as string, new Set<string>()]));
  try {
    for (const area of eventAreas) {
      for await (const { id } of eventsOf(redis, streamOf(area))) streamed.get(area)?.add(id);
    }
  } finally {
    redis.disconnect();
  }
  const missing = told.filter(({ id, type }) => !streamed.get(catalogue[type].area)?.has(id));
  return {
    told: told.length,
    lost: [
      ...missing.map(({ id, type }) => `domain event ${id} (${type}) is not in its stream`),
      ...silent.map(({ id }) => `nobody was told that delivery ${id} is dead`),
    ],
  };
}
