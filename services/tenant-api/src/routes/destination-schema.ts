import type { WebhookDestination } from "@condo/schema";
import { z } from "zod";

export const destinationName = z.string().trim().min(1).max(200);

export const destinationUrl = z
  .string()
  .max(2048)
  .refine(isPostable, "should be an http or https URL without credentials or fragment")
  .describe("Where webhooks are posted to");

/** `*`, `invoice.paid` or `invoice.*`. */
export const eventTypes = z
  .array(
    z
      .string()
      .regex(/^(\*|[\w:/-]+(\.[\w:/-]+)*(\.\*)?)$/, "should be a type, `prefix.*` or `*`")
      .max(128),
  )
  .min(1)
  .max(100)
  .describe("Which events it gets: exact types, `invoice.*`, or `*` for all");

export const destinationSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  url: z.string(),
  event_types: z.array(z.string()),
  is_active: z.boolean(),
  disabled_reason: z.string().nullable(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});

export function presentDestination(destination: WebhookDestination): z.output<typeof destinationSchema> {
  return {
    id: destination.id,
    name: destination.name,
    url: destination.url,
    event_types: destination.event_types,
    is_active: destination.is_active,
    disabled_reason: destination.disabled_reason,
    created_at: destination.created_at.toISOString(),
    updated_at: destination.updated_at.toISOString(),
  };
}

function isPostable(value: string): boolean {
  const url = URL.parse(value);
  return (
    url !== null &&
    (url.protocol === "https:" || url.protocol === "http:") &&
    url.username === "" &&
    url.password === "" &&
    url.hash === ""
  );
}
