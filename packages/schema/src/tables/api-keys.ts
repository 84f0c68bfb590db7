import type { ColumnType, Generated, Selectable } from "kysely";

export interface ApiKeysTable {
  id: string;
  tenant_id: string;
  name: string;
  /** The part of the key that may be shown: `ck_<public id>`. */
  prefix: string;
  /** SHA-256 of the key. */
  secret_hash: Buffer;
  /** Of the key before the last rotation, which is good until `previous_expires_at`. */
  previous_secret_hash: Buffer | null;
  previous_expires_at: Date | null;
  permissions: string[];
  owner_id: string;
  created_at: ColumnType<Date, never, never>;
  rotated_at: Generated<Date | null>;
  expires_at: Date | null;
  last_used_at: Generated<Date | null>;
  revoked_at: Generated<Date | null>;
}

export type ApiKey = Selectable<ApiKeysTable>;
