import type { ColumnType, Generated, Selectable } from "kysely";

export const roles = ["super_admin", "tenant_admin", "user", "readonly"] as const;
export type Role = (typeof roles)[number];

export interface UsersTable {
  id: string;
  tenant_id: string;
  email: string;
  /** Null for one who has no password. */
  password_hash: string | null;
  first_name: string;
  last_name: string;
  role: Role;
  /** A role of the tenant's own, which then decides instead of `role`. */
  role_id: string | null;
  is_active: Generated<boolean>;
  /** When the user last proved to read mail at `email`; a new address is unproved. */
  email_verified_at: ColumnType<Date | null, Date | undefined, Date>;
  created_at: ColumnType<Date, never, never>;
  updated_at: ColumnType<Date, never, Date>;
  /** Counts its changes, by a trigger. */
  version: ColumnType<number, never, never>;
  deleted_at: Date | null;
  /** First and last name in lower case, for search. */
  name_folded: ColumnType<string, never, never>;
  last_name_folded: ColumnType<string, never, never>;
}

export type User = Selectable<UsersTable>;
