import { newId, withPlatform, type DeliveryStatus } from "@condo/schema";
import { sql } from "kysely";
import type { Caller, TestApp } from "./start-app.ts";

/** Records an event as the drain does, of no source. @returns its id */
export async function recordEvent(
  { db }: TestApp,
  { tenantId }: Caller,
  event: { type?: string; body?: string; receivedAt?: Date } = {},
): Promise<string> {
  const id = newId();
  await withPlatform(db.platform, (trx) =>
    trx
      .insertInto("webhook_events")
      .values({
        id,
        tenant_id: tenantId,
        source_id: null,
        service_name: "orders",
        event_type: event.type ?? "order.created",
        sender_event_id: null,
        content_type: "application/json",
        headers: JSON.stringify({ "x-sender": "shop" }),
        body: Buffer.from(event.body ?? "{}"),
        received_at: event.receivedAt ?? new Date(),
      })
      .execute(),
  );
  return id;
}

/** Puts a delivery that stands as if the worker had left it so. @returns its id */
export async function putDelivery(
  app: TestApp,
  caller: Caller,
  destinationId: string,
  options: {
    status?: DeliveryStatus;
    attempts?: number;
    nextAttemptAt?: Date;
    type?: string;
    receivedAt?: Date;
  } = {},
): Promise<string> {
  const eventId = await recordEvent(app, caller, options);
  const status = options.status ?? "dead";
  const attempts = options.attempts ?? 10;
  const { rows } = await sql<{ id: string }>`
    insert into webhook_deliveries
      (id, tenant_id, event_id, destination_id, status, attempts, next_attempt_at, last_error, completed_at)
    values (delivery_id(${eventId}, ${destinationId}), ${caller.tenantId}, ${eventId}, ${destinationId}, ${status},
      ${attempts}, ${options.nextAttemptAt ?? new Date()}, 'The destination answered 500',
      ${status === "pending" ? null : new Date()})
    returning id
  `.execute(app.db.platform);
  return String(rows[0]?.id);
}

export async function createDestination(caller: Caller, more: object = {}): Promise<string> {
  const created = await caller.call("POST", "/webhook-destinations", {
    name: "hook",
    url: "https://hooks.example.com/in",
    ...more,
  });
  if (created.status !== 201) throw new Error(JSON.stringify(created.body));
  return created.body.id;
}
