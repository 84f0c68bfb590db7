import type { ColumnType, Generated, Selectable } from "kysely";

/** Rows of the platform's own tenant. */
export interface TenantErasuresTable {
  tenant_id: string;
  erased_tenant_id: string;
  slug: string;
  requested_by: string;
  requested_at: Date;
  started_at: Generated<Date>;
  /** Rows by table, and what was in Redis. */
  counts: ColumnType<Record<string, number>, string | undefined, string>;
  finished_at: Generated<Date | null>;
  certificate: ColumnType<Record<string, unknown> | null, undefined, string>;
}

export type TenantErasure = Selectable<TenantErasuresTable>;
