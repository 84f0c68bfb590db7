import type { ColumnType, Selectable } from "kysely";

export type LoginStepPurpose = "mfa" | "passkey_registration" | "passkey_login" | "oidc_return" | "oidc_code";

/** What a login waits for. */
export interface LoginStepsTable {
  tenant_id: string;
  /** SHA-256 of the token that the caller holds. */
  token_hash: Buffer;
  purpose: LoginStepPurpose;
  user_id: string | null;
  /** What has to be remembered until the step is taken, sealed. */
  data_sealed: Buffer | null;
  created_at: ColumnType<Date, never, never>;
  expires_at: Date;
  used_at: Date | null;
}

export type LoginStep = Selectable<LoginStepsTable>;
