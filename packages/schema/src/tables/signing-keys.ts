import type { ColumnType, Selectable } from "kysely";
import type { JsonWebKey } from "node:crypto";

export type SigningKeyState = "next" | "current" | "previous";

export interface SigningKeysTable {
  kid: string;
  alg: string;
  public_jwk: ColumnType<JsonWebKey, string, never>;
  private_key_sealed: Buffer;
  state: SigningKeyState;
  created_at: ColumnType<Date, never, never>;
}

export type SigningKey = Selectable<SigningKeysTable>;
