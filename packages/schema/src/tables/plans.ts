import type { ColumnType, Generated, Selectable } from "kysely";

export interface PlansTable {
  name: string;
  description: Generated<string>;
  /** As packages/tenancy reads them. */
  limits: ColumnType<Record<string, unknown>, string, string>;
  created_at: ColumnType<Date, never, never>;
  updated_at: ColumnType<Date, never, Date>;
}

export type Plan = Selectable<PlansTable>;
