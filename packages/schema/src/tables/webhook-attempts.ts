import type { Selectable } from "kysely";

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
}

export type WebhookAttempt = Selectable<WebhookAttemptsTable>;
