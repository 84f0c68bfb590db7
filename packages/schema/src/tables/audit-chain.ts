import type { ColumnType } from "kysely";

/** A link for each audit row. Append-only. */
export interface AuditChainTable {
  tenant_id: string;
  /** A bigint, as text. */
  sequence: ColumnType<string, string | number, never>;
  audit_id: string;
  previous_hash: Buffer;
  hash: Buffer;
  chained_at: ColumnType<Date, never, never>;
}
