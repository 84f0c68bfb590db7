import type { ColumnType, Generated } from "kysely";

/** Mails that wait. What they say is written when they are sent. */
export interface MailsTable {
  id: string;
  /** All zeros where the tenant is not known, and no mail will be written. */
  tenant_id: string;
  kind: string;
  recipient: string;
  /** What the mail is about, by kind: a user or an invitation. */
  subject_id: string | null;
  /** What the mail tells of, by kind, where no row of identity-api's says it. */
  details: ColumnType<Record<string, unknown> | null, string | null | undefined, never>;
  /** The request that asked for it. */
  request_id: string | null;
  address: string | null;
  created_at: ColumnType<Date, never, never>;
  attempts: Generated<number>;
  next_attempt_at: Generated<Date>;
  last_error: string | null;
}
