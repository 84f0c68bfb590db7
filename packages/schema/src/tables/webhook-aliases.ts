import type { Generated } from "kysely";

/** An id that was answered for an event which is stored under another. */
export interface WebhookAliasesTable {
  tenant_id: string;
  id: string;
  event_id: string;
  created_at: Generated<Date>;
}
