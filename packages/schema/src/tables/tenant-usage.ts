/** Events that were recorded in a month. Written by the statement that records them. */
export interface TenantUsageTable {
  tenant_id: string;
  /** Its first day, as text: a date has no time zone. */
  month: string;
  slot: number;
  events: string;
}
