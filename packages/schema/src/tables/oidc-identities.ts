import type { ColumnType } from "kysely";

/** Who a subject of an identity provider is here. */
export interface OidcIdentitiesTable {
  tenant_id: string;
  issuer: string;
  subject: string;
  user_id: string;
  created_at: ColumnType<Date, never, never>;
}
