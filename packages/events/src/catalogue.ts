import { domainStatuses, tenantStatuses } from "@condo/schema/statuses";
import { z } from "zod";

interface CatalogueEntry {
  /** The stream it is published to: `condo:events:<area>`. */
  area: "identity" | "tenants" | "webhooks";
  /** Raised when `data` changes in a way that a reader has to know of. */
  version: number;
  data: z.ZodType;
}

const tenantStatus = z.enum(tenantStatuses);
const source = z.object({ source_id: z.uuid(), service_name: z.string() });
const destination = z.object({ destination_id: z.uuid() });
const replay = z.object({ replay_id: z.uuid() });
const user = z.object({ user_id: z.uuid() });
const invitation = z.object({ invitation_id: z.uuid() });
const role = z.object({ role_id: z.uuid() });
const apiKey = z.object({ api_key_id: z.uuid() });
const session = z.object({ session_id: z.uuid(), user_id: z.uuid() });

/** Every domain event. A new one is an entry here. */
export const catalogue = {
  "tenant.created": { area: "tenants", version: 1, data: z.object({ slug: z.string() }) },
  "tenant.updated": { area: "tenants", version: 1, data: z.object({ slug: z.string() }) },
  "tenant.status_changed": {
    area: "tenants",
    version: 1,
    data: z.object({
      slug: z.string(),
      from: tenantStatus,
      to: tenantStatus,
      reason: z.string().nullable(),
    }),
  },
  "tenant.limits_changed": {
    area: "tenants",
    version: 1,
    data: z.object({ slug: z.string(), plan: z.string() }),
  },
  "tenant.exported": { area: "tenants", version: 1, data: z.object({ slug: z.string() }) },
  /** Told by the platform's own tenant: the other one is no more. */
  "tenant.erased": {
    area: "tenants",
    version: 1,
    data: z.object({ erased_tenant_id: z.uuid(), digest: z.string() }),
  },
  "tenant.domain_changed": {
    area: "tenants",
    version: 1,
    data: z.object({ domain: z.string(), status: z.enum([...domainStatuses, "removed"]) }),
  },
  "plan.changed": { area: "tenants", version: 1, data: z.object({ plan: z.string() }) },
  "user.created": { area: "identity", version: 1, data: z.object({ user_id: z.uuid(), role: z.string() }) },
  "user.updated": { area: "identity", version: 1, data: user },
  "user.deleted": { area: "identity", version: 1, data: user },
  "user.restored": { area: "identity", version: 1, data: user },
  "login.failed": {
    area: "identity",
    version: 1,
    data: z.object({ user_id: z.uuid().nullable(), reason: z.string() }),
  },
  "login.locked": { area: "identity", version: 1, data: user.extend({ locked_until: z.iso.datetime() }) },
  "login.unlocked": { area: "identity", version: 1, data: user },
  "user.password_changed": { area: "identity", version: 1, data: user },
  "user.email_verified": { area: "identity", version: 1, data: user },
  "invitation.created": { area: "identity", version: 1, data: invitation },
  "invitation.revoked": { area: "identity", version: 1, data: invitation },
  "invitation.accepted": {
    area: "identity",
    version: 1,
    data: invitation.extend({ user_id: z.uuid() }),
  },
  "role.created": { area: "identity", version: 1, data: role },
  "role.updated": { area: "identity", version: 1, data: role },
  "role.deleted": { area: "identity", version: 1, data: role },
  "session.started": { area: "identity", version: 1, data: session },
  "session.ended": { area: "identity", version: 1, data: session.extend({ reason: z.string() }) },
  "api_key.created": { area: "identity", version: 1, data: apiKey },
  "api_key.rotated": { area: "identity", version: 1, data: apiKey },
  "api_key.revoked": { area: "identity", version: 1, data: apiKey },
  "user.mfa_enabled": { area: "identity", version: 1, data: z.object({ user_id: z.uuid() }) },
  "user.mfa_disabled": { area: "identity", version: 1, data: z.object({ user_id: z.uuid() }) },
  "webhook_source.created": { area: "webhooks", version: 1, data: source },
  "webhook_source.updated": { area: "webhooks", version: 1, data: source },
  "webhook_source.deleted": { area: "webhooks", version: 1, data: source },
  "webhook_destination.created": { area: "webhooks", version: 1, data: destination },
  "webhook_destination.updated": { area: "webhooks", version: 1, data: destination },
  "webhook_destination.deleted": { area: "webhooks", version: 1, data: destination },
  "webhook_destination.secret_rotated": { area: "webhooks", version: 1, data: destination },
  "webhook_replay.started": { area: "webhooks", version: 1, data: replay },
  "webhook_replay.finished": { area: "webhooks", version: 1, data: replay },
  "webhook_replay.cancelled": { area: "webhooks", version: 1, data: replay },
  "circuit_breaker.reset": { area: "webhooks", version: 1, data: destination },
  "circuit_breaker.forced_open": { area: "webhooks", version: 1, data: destination },
  "webhook_destination.disabled": {
    area: "webhooks",
    version: 1,
    data: destination.extend({
      /** What the tenant calls it. */
      name: z.string().optional(),
      reason: z.string(),
    }),
  },
  "circuit_breaker.opened": {
    area: "webhooks",
    version: 1,
    data: destination.extend({
      /** How often in a row it opened. */
      failures: z.int(),
      /** When it is probed; null when it is held open. */
      retry_at: z.iso.datetime().nullable(),
    }),
  },
  "circuit_breaker.half_opened": { area: "webhooks", version: 1, data: destination },
  "circuit_breaker.closed": { area: "webhooks", version: 1, data: destination },
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
