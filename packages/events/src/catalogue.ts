import { z } from "zod";

interface CatalogueEntry {
  /** The stream it is published to: `condo:events:<area>`. */
  area: "identity" | "tenants" | "webhooks";
  /** Raised when `data` changes in a way that a reader has to know of. */
  version: number;
  data: z.ZodType;
}

const source = z.object({ source_id: z.uuid(), service_name: z.string() });
const destination = z.object({ destination_id: z.uuid() });
const session = z.object({ session_id: z.uuid(), user_id: z.uuid() });

/** Every domain event. A new one is an entry here. */
export const catalogue = {
  "tenant.created": { area: "tenants", version: 1, data: z.object({ slug: z.string() }) },
  "tenant.updated": { area: "tenants", version: 1, data: z.object({ slug: z.string() }) },
  "user.created": { area: "identity", version: 1, data: z.object({ user_id: z.uuid(), role: z.string() }) },
  "session.started": { area: "identity", version: 1, data: session },
  "session.ended": { area: "identity", version: 1, data: session.extend({ reason: z.string() }) },
  "webhook_source.created": { area: "webhooks", version: 1, data: source },
  "webhook_source.updated": { area: "webhooks", version: 1, data: source },
  "webhook_source.deleted": { area: "webhooks", version: 1, data: source },
  "webhook_destination.created": { area: "webhooks", version: 1, data: destination },
  "webhook_destination.updated": { area: "webhooks", version: 1, data: destination },
  "webhook_destination.deleted": { area: "webhooks", version: 1, data: destination },
  "webhook_delivery.dead": {
    area: "webhooks",
    version: 1,
    data: z.object({
      delivery_id: z.uuid(),
      event_id: z.uuid(),
      destination_id: z.uuid(),
      reason: z.string(),
    }),
  },
} as const satisfies Record<string, CatalogueEntry>;

export type EventType = keyof typeof catalogue;
export type EventData<T extends EventType> = z.output<(typeof catalogue)[T]["data"]>;
export type EventArea = CatalogueEntry["area"];

export const eventTypes = Object.keys(catalogue) as EventType[];
export const eventAreas: readonly EventArea[] = ["identity", "tenants", "webhooks"];

/** The Redis stream of an area. */
export function streamOf(area: EventArea): string {
  return `condo:events:${area}`;
}
