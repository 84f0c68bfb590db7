import { invalid } from "@condo/http";
import { destinationKinds, type WebhookDestination } from "@condo/schema";
import { breakerSchema, filterSchema, jsonPointer, transformLimit, transformProblem } from "@condo/routing";
import { z } from "zod";
import { serviceName } from "./source-schema.ts";

export const destinationName = z.string().trim().min(1).max(200);

export const destinationUrl = z
  .string()
  .max(2048)
  .refine(isPostable, "should be an http or https URL without credentials or fragment")
  .describe("Where webhooks are posted to")
  .meta({ examples: ["https://api.acme.example/hooks/condo"] });

export const streamName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9_-]{0,62}$/,
    "should be lower-case letters, digits, hyphens and underscores, 63 at most",
  )
  .describe("Names the Redis stream, below the tenant's own prefix")
  .meta({ examples: ["billing"] });

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
  .describe("Which events it gets: exact types, `invoice.*`, or `*` for all")
  .meta({ examples: [["invoice.*", "customer.created"]] });

const services = z
  .array(z.union([z.literal("*"), serviceName]))
  .min(1)
  .max(100)
  .describe("Whose events it gets: services by name, or `*` for all");

const transform = z
  .string()
  .min(1)
  .max(transformLimit)
  .superRefine((expression, context) => {
    const message = transformProblem(expression);
    if (message) context.addIssue({ code: "custom", message });
  })
  .describe(
    "A JSONata expression that makes the outgoing body of the payload; `$event` has id, type and service",
  )
  .meta({ examples: ['{ "id": $event.id, "total": data.amount / 100 }'] });

const dayMs = 86_400_000;
const retryDelays = z
  .array(
    z
      .int()
      .min(100)
      .max(7 * dayMs),
  )
  .max(30)
  .describe("How long to wait before each retry; empty for none, null for the installation's schedule");

/** What a destination may be given at its creation and later, beside its name and address. */
export const destinationOptions = {
  event_types: eventTypes.optional(),
  services: services.optional(),
  filter: filterSchema.optional().describe("Conditions on the payload; all have to hold"),
  transform: transform.nullable().optional(),
  retry_delays_ms: retryDelays.nullable().optional(),
  timeout_ms: z.int().min(100).max(60_000).nullable().optional(),
  order_key: jsonPointer
    .nullable()
    .optional()
    .describe("A JSON pointer: events with the same value there are delivered one after another"),
  max_in_flight: z.int().min(1).max(1_000).nullable().optional(),
  max_per_second: z.int().min(1).max(10_000).nullable().optional(),
  breaker: breakerSchema.optional(),
};

type Options = z.output<z.ZodObject<typeof destinationOptions>>;

/** Options as the table's columns take them; what else was given stays as it is. */
export function optionColumns<T extends Options>({ filter, breaker, ...rest }: T) {
  if (breaker?.open_ms !== undefined && breaker.open_max_ms !== undefined) {
    if (breaker.open_max_ms < breaker.open_ms) {
      throw invalid("body.breaker.open_max_ms", "should not be less than open_ms");
    }
  }
  return {
    ...rest,
    filter: filter && JSON.stringify(filter),
    breaker: breaker && JSON.stringify(breaker),
  };
}

export const destinationSchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    kind: z.enum(destinationKinds),
    url: z.string().nullable(),
    stream_name: z.string().nullable(),
    event_types: z.array(z.string()),
    services: z.array(z.string()),
    filter: filterSchema,
    transform: z.string().nullable(),
    header_names: z.array(z.string()).describe("Extra headers; their values are not shown"),
    retry_delays_ms: z.array(z.int()).nullable(),
    timeout_ms: z.int().nullable(),
    order_key: z.string().nullable(),
    max_in_flight: z.int().nullable(),
    max_per_second: z.int().nullable(),
    breaker: breakerSchema,
    is_active: z.boolean(),
    disabled_reason: z.string().nullable().describe("Why Condo disabled it; null when it did not"),
    disabled_at: z.iso.datetime().nullable(),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({ id: "WebhookDestination" });

export function presentDestination(destination: WebhookDestination): z.output<typeof destinationSchema> {
  return {
    id: destination.id,
    name: destination.name,
    kind: destination.kind,
    url: destination.url,
    stream_name: destination.stream_name,
    event_types: destination.event_types,
    services: destination.services,
    filter: destination.filter as z.output<typeof filterSchema>,
    transform: destination.transform,
    header_names: destination.header_names,
    retry_delays_ms: destination.retry_delays_ms,
    timeout_ms: destination.timeout_ms,
    order_key: destination.order_key,
    max_in_flight: destination.max_in_flight,
    max_per_second: destination.max_per_second,
    breaker: destination.breaker,
    is_active: destination.is_active,
    disabled_reason: destination.disabled_reason,
    disabled_at: destination.disabled_at?.toISOString() ?? null,
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
