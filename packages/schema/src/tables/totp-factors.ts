import type { ColumnType, Generated, Selectable } from "kysely";

export interface TotpFactorsTable {
  tenant_id: string;
  user_id: string;
  secret_sealed: Buffer;
  created_at: ColumnType<Date, never, Date>;
  /** Null until its owner has shown a code of it: it protects nothing before. */
  confirmed_at: Date | null;
  /** The newest time step whose code was taken. */
  last_used_step: Generated<string>;
}

export type TotpFactor = Selectable<TotpFactorsTable>;
