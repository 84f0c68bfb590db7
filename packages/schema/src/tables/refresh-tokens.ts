import type { ColumnType, Selectable } from "kysely";

export interface RefreshTokensTable {
  tenant_id: string;
  /** SHA-256 of the token. */
  token_hash: Buffer;
  session_id: string;
  created_at: ColumnType<Date, never, never>;
  rotated_at: Date | null;
}

export type RefreshToken = Selectable<RefreshTokensTable>;
