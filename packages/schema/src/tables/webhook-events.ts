import type { ColumnType, Generated, Selectable } from "kysely";

export interface WebhookEventsTable {
  id: string;
  tenant_id: string;
  /** Null for one that Condo made itself, to test a destination. */
  source_id: string | null;
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
  /** How long it is kept: of the event that it belongs to. */
  retention_days: Generated<number>;
  /** The transaction that recorded it. */
  recorded_by: ColumnType<string, never, never>;
}

export type WebhookEvent = Selectable<WebhookEventsTable>;
