import type { Generated, Selectable } from "kysely";

export interface WebhookAttemptsTable {
  tenant_id: string;
  delivery_id: string;
  /** 1 for the first. */
  number: number;
  started_at: Date;
  duration_ms: number;
  /** Null when no answer came. */
  status_code: number | null;
  error: string | null;
  response_excerpt: string | null;
  /** How long it is kept: of the event that it belongs to. */
  retention_days: Generated<number>;
}

export type WebhookAttempt = Selectable<WebhookAttemptsTable>;
