import type { ColumnType, Selectable } from "kysely";

export interface WebhookEventsTable {
  id: string;
  tenant_id: string;
  source_id: string;
  service_name: string;
  event_type: string;
  /** The id that the sender gave the event, where it gives one. */
  sender_event_id: string | null;
  content_type: string | null;
  headers: ColumnType<Record<string, string>, string, never>;
  /** The bytes as they came. */
  body: Buffer;
  received_at: Date;
  recorded_at: ColumnType<Date, never, never>;
}

export type WebhookEvent = Selectable<WebhookEventsTable>;
