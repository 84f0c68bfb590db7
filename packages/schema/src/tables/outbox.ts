import type { ColumnType, Selectable } from "kysely";

export interface OutboxTable {
  id: string;
  tenant_id: string;
  type: string;
  data: ColumnType<unknown, string, never>;
  created_at: ColumnType<Date, never, never>;
  relayed_at: Date | null;
}

export type OutboxRow = Selectable<OutboxTable>;
