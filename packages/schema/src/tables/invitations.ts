import type { ColumnType, Selectable } from "kysely";
import type { Role } from "./users.ts";

export interface InvitationsTable {
  id: string;
  tenant_id: string;
  email: string;
  role: Role;
  /** A role of the tenant's own, which then decides instead of `role`. */
  role_id: string | null;
  invited_by: string;
  /** SHA-256 of the token in the newest mail; null until one is sent. */
  token_hash: Buffer | null;
  created_at: ColumnType<Date, never, never>;
  expires_at: Date;
  accepted_at: Date | null;
  revoked_at: Date | null;
}

export type Invitation = Selectable<InvitationsTable>;
