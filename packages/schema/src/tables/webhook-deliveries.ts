import type { ColumnType, Generated, Selectable } from "kysely";

export const deliveryStatuses = ["pending", "delivered", "dead", "discarded"] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];

export interface WebhookDeliveriesTable {
  id: string;
  tenant_id: string;
  event_id: string;
  destination_id: string;
  status: Generated<DeliveryStatus>;
  attempts: Generated<number>;
  /** How many of them were made before its last replay, from which the schedule of retries counts. */
  attempts_before: Generated<number>;
  next_attempt_at: Generated<Date>;
  /** Until when a worker may be sending it. */
  lease_until: Date | null;
  /** Sent one after another with those of the same key; null for one that waits for nobody. */
  order_key: Generated<string | null>;
  last_status_code: number | null;
  last_error: string | null;
  discard_reason: Generated<string | null>;
  created_at: ColumnType<Date, never, never>;
  completed_at: Date | null;
  /** How long it is kept: of the event that it belongs to. */
  retention_days: Generated<number>;
}

export type WebhookDelivery = Selectable<WebhookDeliveriesTable>;
