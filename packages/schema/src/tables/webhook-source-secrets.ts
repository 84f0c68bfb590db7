import type { ColumnType, Generated, Selectable } from "kysely";

export interface WebhookSourceSecretsTable {
  id: string;
  tenant_id: string;
  source_id: string;
  secret_sealed: Buffer;
  created_at: ColumnType<Date, never, never>;
  valid_from: Generated<Date>;
  /** When a rotated secret ends to be accepted. */
  expires_at: Date | null;
}

export type WebhookSourceSecret = Selectable<WebhookSourceSecretsTable>;
