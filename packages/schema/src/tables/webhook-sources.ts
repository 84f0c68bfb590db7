import type { ColumnType, Generated, Selectable } from "kysely";

export interface WebhookSourcesTable {
  id: string;
  tenant_id: string;
  service_name: string;
  provider: string;
  config: ColumnType<Record<string, unknown>, string | undefined, string>;
  /** How long a duplicate is recognised, in seconds. */
  dedupe_window_seconds: Generated<number>;
  is_active: Generated<boolean>;
  /** Stands for the tenant in the source's own URL. */
  source_key: Generated<string>;
  /** Of a source of the whole platform: where in the payload an event says whose it is (RFC 6901). */
  tenant_pointer: ColumnType<string | null, string | null | undefined, string | null>;
  created_at: ColumnType<Date, never, never>;
  updated_at: ColumnType<Date, never, Date>;
  /** Counts its changes, by a trigger. */
  version: ColumnType<number, never, never>;
  deleted_at: Date | null;
}

export type WebhookSource = Selectable<WebhookSourcesTable>;
