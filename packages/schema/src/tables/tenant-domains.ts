import type { ColumnType, Generated, Selectable } from "kysely";
import type { DomainStatus } from "../statuses.ts";

/** Domains that a tenant says are its own. A verified one stands for the tenant, and for no other. */
export interface TenantDomainsTable {
  tenant_id: string;
  /** In ASCII (IDNA) and lower case. */
  domain: string;
  status: Generated<DomainStatus>;
  /** What the TXT record has to say. */
  token: Generated<string>;
  created_at: ColumnType<Date, never, never>;
  /** When DNS last said whether the record is there. */
  checked_at: Generated<Date | null>;
  verified_at: Generated<Date | null>;
  /** When a verified one is looked up again. */
  next_check_at: Generated<Date>;
  /** Since when DNS says that a verified one has no record. */
  missing_since: Generated<Date | null>;
  /** How often in a row DNS said so. */
  missing_checks: Generated<number>;
}

export type TenantDomain = Selectable<TenantDomainsTable>;
