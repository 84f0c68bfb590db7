import type { ColumnType, Generated, Selectable } from "kysely";
import type { JsonWebKey } from "node:crypto";

export type SigningKeyState = "next" | "current" | "previous";

export interface SigningKeysTable {
  kid: string;
  alg: string;
  public_jwk: ColumnType<JsonWebKey, string, never>;
  private_key_sealed: Buffer;
  state: SigningKeyState;
  created_at: ColumnType<Date, never, never>;
  /** Since when it is published (next), signs (current), or only verifies (previous). */
  state_changed_at: Generated<Date>;
}

export type SigningKey = Selectable<SigningKeysTable>;
