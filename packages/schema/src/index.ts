export { audit, type Actor, type AuditEntry } from "./audit.ts";
export { connect, type ConnectOptions, type Db } from "./connect.ts";
export type { Database } from "./database.ts";
export { newId } from "./ids.ts";
export {
  liveSessions,
  resolveTenant,
  tenantsOfEmail,
  type LiveSession,
  type ResolvedTenant,
} from "./lookups.ts";
export { destinationSecretContext, sourceSecretContext } from "./seal-contexts.ts";
export type { AuditLog } from "./tables/audit-logs.ts";
export type { OutboxRow } from "./tables/outbox.ts";
export type { RefreshToken } from "./tables/refresh-tokens.ts";
export type { Session } from "./tables/sessions.ts";
export type { SigningKey } from "./tables/signing-keys.ts";
export type { Tenant, TenantStatus } from "./tables/tenants.ts";
export { roles, type Role, type User } from "./tables/users.ts";
export type { WebhookAttempt } from "./tables/webhook-attempts.ts";
export { deliveryStatuses, type DeliveryStatus, type WebhookDelivery } from "./tables/webhook-deliveries.ts";
export type { WebhookDestination } from "./tables/webhook-destinations.ts";
export type { WebhookEvent } from "./tables/webhook-events.ts";
export type { WebhookSourceSecret } from "./tables/webhook-source-secrets.ts";
export type { WebhookSource } from "./tables/webhook-sources.ts";
export { withPlatform, withTenant, type PlatformTrx, type TenantTrx } from "./transaction.ts";
