import type { ColumnType } from "kysely";

export interface WebhookDestinationSecretsTable {
  id: string;
  tenant_id: string;
  destination_id: string;
  secret_sealed: Buffer;
  created_at: ColumnType<Date, never, never>;
  /** When a rotated secret ends to sign. */
  expires_at: Date | null;
}
