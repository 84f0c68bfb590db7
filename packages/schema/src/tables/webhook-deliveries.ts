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
  next_attempt_at: Generated<Date>;
  /** Until when the queue is trusted to hold a job for it. */
  queued_until: Date | null;
  /** Until when a worker may be sending it. */
  lease_until: Date | null;
  last_status_code: number | null;
  last_error: string | null;
  created_at: ColumnType<Date, never, never>;
  completed_at: Date | null;
}

export type WebhookDelivery = Selectable<WebhookDeliveriesTable>;
