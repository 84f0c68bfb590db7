import type { ColumnType, Selectable } from "kysely";

export interface PasskeysTable {
  id: string;
  tenant_id: string;
  user_id: string;
  name: string;
  /** As WebAuthn has it, in base64url. */
  credential_id: string;
  /** COSE. */
  public_key: Buffer;
  counter: ColumnType<string, number, number>;
  transports: string[];
  created_at: ColumnType<Date, never, never>;
  last_used_at: Date | null;
}

export type Passkey = Selectable<PasskeysTable>;
