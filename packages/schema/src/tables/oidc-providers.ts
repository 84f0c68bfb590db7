import type { ColumnType, Generated, Selectable } from "kysely";

export interface OidcProvidersTable {
  tenant_id: string;
  issuer: string;
  client_id: string;
  client_secret_sealed: Buffer;
  allowed_domains: string[];
  default_role: "user" | "readonly";
  created_at: ColumnType<Date, never, never>;
  updated_at: Generated<Date>;
  /** Counts its changes, by a trigger. */
  version: ColumnType<number, never, never>;
}

export type OidcProvider = Selectable<OidcProvidersTable>;
