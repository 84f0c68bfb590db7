import type { ColumnType } from "kysely";

/** Intake entries that could not be recorded, kept whole. */
export interface WebhookPoisonTable {
  id: string;
  tenant_id: string | null;
  reason: string;
  entry: Buffer;
  set_aside_at: ColumnType<Date, never, never>;
}
