import type { ColumnType } from "kysely";

/** Where the chain was pruned. Written by `prune_audit` alone. */
export interface AuditCheckpointsTable {
  tenant_id: ColumnType<string, never, never>;
  /** A bigint, as text. */
  sequence: ColumnType<string, never, never>;
  hash: ColumnType<Buffer, never, never>;
  pruned_at: ColumnType<Date, never, never>;
}
