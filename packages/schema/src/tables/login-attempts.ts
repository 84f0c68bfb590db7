import type { Generated } from "kysely";

export interface LoginAttemptsTable {
  /** All zeros where the tenant is not known. */
  tenant_id: string;
  /** SHA-256 of the e-mail address. */
  account_hash: Buffer;
  /** Since the last success, or the last lock. */
  failures: number;
  /** Since the last success. */
  locks: Generated<number>;
  locked_until: Date | null;
  last_attempt_at: Generated<Date>;
}
