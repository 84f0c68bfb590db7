import type { ColumnType } from "kysely";

export type MailTokenPurpose = "password_reset" | "email_verification";

/** What proves that its holder reads a user's mail. */
export interface MailTokensTable {
  tenant_id: string;
  token_hash: Buffer;
  purpose: MailTokenPurpose;
  user_id: string;
  /** Where it was sent. */
  email: string;
  created_at: ColumnType<Date, never, never>;
  expires_at: Date;
  used_at: Date | null;
}
