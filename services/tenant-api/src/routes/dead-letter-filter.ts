import { moment } from "@condo/http";
import { z } from "zod";
import type { DeadLetterFilter } from "../repositories/webhook-deliveries.ts";

/** Which dead letters are meant: those that fit everything that is given. */
export const deadLetterFilter = {
  destination_id: z.uuid().optional(),
  event_type: z
    .string()
    .regex(/^(\*|[\w:/-]+(\.[\w:/-]+)*(\.\*)?)$/, "should be a type, `prefix.*` or `*`")
    .max(128)
    .optional(),
  since: moment.optional().describe("Events received at this time or later"),
  until: moment.optional().describe("Events received before this time"),
};

export function toFilter(given: z.output<z.ZodObject<typeof deadLetterFilter>>): DeadLetterFilter {
  return {
    destinationId: given.destination_id,
    eventType: given.event_type,
    since: given.since === undefined ? undefined : new Date(given.since),
    until: given.until === undefined ? undefined : new Date(given.until),
  };
}
