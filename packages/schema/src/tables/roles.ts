import type { ColumnType, Generated, Selectable } from "kysely";

/** A role that a tenant defines. */
export interface RolesTable {
  id: string;
  tenant_id: string;
  name: string;
  description: Generated<string>;
  permissions: string[];
  created_at: ColumnType<Date, never, never>;
  updated_at: ColumnType<Date, never, Date>;
  /** Counts its changes, by a trigger. */
  version: ColumnType<number, never, never>;
}

export type CustomRole = Selectable<RolesTable>;
