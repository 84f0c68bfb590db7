import type { ColumnType, Generated, Selectable } from "kysely";

export interface MfaPoliciesTable {
  tenant_id: string;
  is_required: boolean;
  updated_at: Generated<Date>;
  /** Counts its changes, by a trigger. */
  version: ColumnType<number, never, never>;
}

export type MfaPolicy = Selectable<MfaPoliciesTable>;
