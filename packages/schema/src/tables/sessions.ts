import type { ColumnType, Generated, Selectable } from "kysely";

export interface SessionsTable {
  id: string;
  tenant_id: string;
  user_id: string;
  address: string | null;
  user_agent: string | null;
  created_at: ColumnType<Date, never, never>;
  last_used_at: Generated<Date>;
  expires_at: Date;
  ended_at: Date | null;
  end_reason: string | null;
}

export type Session = Selectable<SessionsTable>;
