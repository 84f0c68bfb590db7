import type { ColumnType, Selectable } from "kysely";

export interface WebhookSourceSecretsTable {
  id: string;
  tenant_id: string;
  source_id: string;
  secret_sealed: Buffer;
  created_at: ColumnType<Date, never, never>;
  /** When a rotated secret ends to be accepted. */
  expires_at: Date | null;
}

export type WebhookSourceSecret = Selectable<WebhookSourceSecretsTable>;
