import type { ColumnType } from "kysely";

/** Requests that carried an Idempotency-Key. */
export interface IdempotencyKeysTable {
  tenant_id: string;
  /** `user:<id>` or `key:<id>`. */
  caller: string;
  key_hash: Buffer;
  /** Method and pattern, for people who look into the table. */
  route: string;
  fingerprint: Buffer;
  claim_id: string;
  lease_until: Date;
  /** When a change was first made under the claim. */
  changed_at: ColumnType<Date | null, null | undefined, Date | null>;
  status_code: number | null;
  answer_sealed: Buffer | null;
  created_at: ColumnType<Date, Date | undefined, Date>;
  expires_at: Date;
}
