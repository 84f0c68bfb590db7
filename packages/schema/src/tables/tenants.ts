import type { ColumnType, Generated, Selectable } from "kysely";

export type TenantStatus = "trial" | "active" | "suspended" | "closing" | "closed";

export interface TenantsTable {
  id: string;
  slug: string;
  name: string;
  domain: string | null;
  status: Generated<TenantStatus>;
  /** Of events that come in from now on. */
  event_retention_days: Generated<number>;
  created_at: ColumnType<Date, never, never>;
  updated_at: ColumnType<Date, never, Date>;
}

export type Tenant = Selectable<TenantsTable>;
