import { deliveryStatuses, type WebhookAttempt } from "@condo/schema";
import { z } from "zod";
import type { DeliveryRow } from "../repositories/webhook-deliveries.ts";

export const deliverySchema = z
  .object({
    id: z.uuid(),
    event_id: z.uuid(),
    event_type: z.string(),
    service_name: z.string(),
    destination_id: z.uuid(),
    destination_name: z.string(),
    status: z.enum(deliveryStatuses),
    attempts: z.int().describe("How often it was tried"),
    next_attempt_at: z.iso.datetime().nullable(),
    last_status_code: z.int().nullable(),
    last_error: z.string().nullable(),
    discard_reason: z.string().nullable(),
    created_at: z.iso.datetime(),
    completed_at: z.iso.datetime().nullable(),
  })
  .meta({ id: "WebhookDelivery" });

export const attemptSchema = z
  .object({
    number: z.int(),
    started_at: z.iso.datetime(),
    duration_ms: z.int(),
    status_code: z.int().nullable(),
    error: z.string().nullable(),
    response_excerpt: z.string().nullable(),
  })
  .meta({ id: "DeliveryAttempt" });

export const deliveryDetailSchema = deliverySchema
  .extend({ attempt_log: z.array(attemptSchema) })
  .meta({ id: "WebhookDeliveryDetail" });

export function presentDelivery(row: DeliveryRow): z.output<typeof deliverySchema> {
  return {
    id: row.id,
    event_id: row.event_id,
    event_type: row.event_type,
    service_name: row.service_name,
    destination_id: row.destination_id,
    destination_name: row.destination_name,
    status: row.status,
    attempts: row.attempts,
    next_attempt_at: row.status === "pending" ? row.next_attempt_at.toISOString() : null,
    last_status_code: row.last_status_code,
    last_error: row.last_error,
    discard_reason: row.discard_reason,
    created_at: row.created_at.toISOString(),
    completed_at: row.completed_at?.toISOString() ?? null,
  };
}

export function presentAttempt(attempt: WebhookAttempt): z.output<typeof attemptSchema> {
  return {
    number: attempt.number,
    started_at: attempt.started_at.toISOString(),
    duration_ms: attempt.duration_ms,
    status_code: attempt.status_code,
    error: attempt.error,
    response_excerpt: attempt.response_excerpt,
  };
}
