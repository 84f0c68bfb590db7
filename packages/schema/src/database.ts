import type { AuditLogsTable } from "./tables/audit-logs.ts";
import type { OutboxTable } from "./tables/outbox.ts";
import type { RefreshTokensTable } from "./tables/refresh-tokens.ts";
import type { SessionsTable } from "./tables/sessions.ts";
import type { SigningKeysTable } from "./tables/signing-keys.ts";
import type { TenantsTable } from "./tables/tenants.ts";
import type { UsersTable } from "./tables/users.ts";
import type { WebhookAttemptsTable } from "./tables/webhook-attempts.ts";
import type { WebhookDeliveriesTable } from "./tables/webhook-deliveries.ts";
import type { WebhookDestinationSecretsTable } from "./tables/webhook-destination-secrets.ts";
import type { WebhookDestinationsTable } from "./tables/webhook-destinations.ts";
import type { WebhookEventsTable } from "./tables/webhook-events.ts";
import type { WebhookPoisonTable } from "./tables/webhook-poison.ts";
import type { WebhookReceiptsTable } from "./tables/webhook-receipts.ts";
import type { WebhookSourceSecretsTable } from "./tables/webhook-source-secrets.ts";
import type { WebhookSourcesTable } from "./tables/webhook-sources.ts";

/** Every table, as kysely sees it. */
export interface Database {
  audit_logs: AuditLogsTable;
  outbox: OutboxTable;
  refresh_tokens: RefreshTokensTable;
  sessions: SessionsTable;
  signing_keys: SigningKeysTable;
  tenants: TenantsTable;
  users: UsersTable;
  webhook_attempts: WebhookAttemptsTable;
  webhook_deliveries: WebhookDeliveriesTable;
  webhook_destination_secrets: WebhookDestinationSecretsTable;
  webhook_destinations: WebhookDestinationsTable;
  webhook_events: WebhookEventsTable;
  webhook_poison: WebhookPoisonTable;
  webhook_receipts: WebhookReceiptsTable;
  webhook_source_secrets: WebhookSourceSecretsTable;
  webhook_sources: WebhookSourcesTable;
}
