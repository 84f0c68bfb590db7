import { z } from "zod";
import type { EventSummary } from "../repositories/webhook-events.ts";

export const eventSchema = z
  .object({
    id: z.uuid(),
    source_id: z.uuid().nullable().describe("Null for an event that Condo made itself, as a test"),
    service_name: z.string(),
    event_type: z.string(),
    sender_event_id: z.string().nullable(),
    content_type: z.string().nullable(),
    size: z.int().describe("Bytes of the body"),
    received_at: z.iso.datetime(),
  })
  .meta({ id: "WebhookEvent" });

export function presentEvent(event: Omit<EventSummary, "recorded_at">): z.output<typeof eventSchema> {
  return {
    id: event.id,
    source_id: event.source_id,
    service_name: event.service_name,
    event_type: event.event_type,
    sender_event_id: event.sender_event_id,
    content_type: event.content_type,
    size: event.size,
    received_at: event.received_at.toISOString(),
  };
}
