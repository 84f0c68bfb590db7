import type { ColumnType, Generated, Selectable } from "kysely";
import type { TenantStatus } from "../statuses.ts";

export interface TenantsTable {
  id: string;
  slug: string;
  name: string;
  domain: string | null;
  status: Generated<TenantStatus>;
  plan: Generated<string>;
  /** The tenant's own limits, where they differ from its plan's. */
  limit_overrides: ColumnType<Record<string, unknown>, string | undefined, string>;
  /** Of events that come in from now on: as the plan says, by a trigger. */
  event_retention_days: Generated<number>;
  trial_ends_at: Generated<Date | null>;
  /** Why the tenant has its status, where somebody said so. */
  status_reason: Generated<string | null>;
  status_changed_at: Generated<Date>;
  /** What a closing tenant goes back to when that is called off. */
  closing_from: Generated<"trial" | "active" | "suspended" | null>;
  /** Who asked for it to be closed. */
  closing_by: Generated<string | null>;
  /** When everything of a closing tenant is erased. */
  erase_after: Generated<Date | null>;
  created_at: ColumnType<Date, never, never>;
  updated_at: ColumnType<Date, never, Date>;
  /** Counts its changes, by a trigger. */
  version: ColumnType<number, never, never>;
}

export type Tenant = Selectable<TenantsTable>;
