import type { ColumnType, Generated } from "kysely";

export interface ServiceClientsTable {
  name: string;
  /** SHA-256 of the secret. */
  secret_hash: Buffer;
  /** Of the secret before the last rotation, which is good until `previous_expires_at`. */
  previous_secret_hash: Generated<Buffer | null>;
  previous_expires_at: Generated<Date | null>;
  permissions: string[];
  created_at: ColumnType<Date, never, never>;
  rotated_at: Generated<Date | null>;
  revoked_at: Generated<Date | null>;
}
