import type { ColumnType, Generated, Selectable } from "kysely";

export const roles = ["super_admin", "tenant_admin", "user", "readonly"] as const;
export type Role = (typeof roles)[number];

export interface UsersTable {
  id: string;
  tenant_id: string;
  email: string;
  password_hash: string;
  first_name: string;
  last_name: string;
  role: Role;
  is_active: Generated<boolean>;
  created_at: ColumnType<Date, never, never>;
  updated_at: ColumnType<Date, never, Date>;
}

export type User = Selectable<UsersTable>;
