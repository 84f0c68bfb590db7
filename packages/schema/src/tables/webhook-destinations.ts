import type { ColumnType, Generated, Selectable } from "kysely";

export interface WebhookDestinationsTable {
  id: string;
  tenant_id: string;
  name: string;
  url: string;
  event_types: string[];
  is_active: Generated<boolean>;
  disabled_reason: string | null;
  created_at: ColumnType<Date, never, never>;
  updated_at: ColumnType<Date, never, Date>;
  deleted_at: Date | null;
}

export type WebhookDestination = Selectable<WebhookDestinationsTable>;
