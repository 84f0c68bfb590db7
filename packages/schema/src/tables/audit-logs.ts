import type { ColumnType, Selectable } from "kysely";

export type ActorType = "user" | "key" | "service" | "operator" | "anonymous";

/** Append-only: no role of a service may update or delete. */
export interface AuditLogsTable {
  id: string;
  tenant_id: string;
  actor_type: ActorType;
  actor_id: string | null;
  action: string;
  subject_type: string;
  subject_id: string | null;
  request_id: string | null;
  address: string | null;
  before: ColumnType<unknown, string | null, never>;
  after: ColumnType<unknown, string | null, never>;
  created_at: ColumnType<Date, never, never>;
}

export type AuditLog = Selectable<AuditLogsTable>;
