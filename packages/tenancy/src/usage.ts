import type { PlatformTrx, TenantTrx } from "@condo/schema";
import { sql } from "kysely";
import type { Limits } from "./limits.ts";
import { countOf, readLimits } from "./read-limits.ts";

export interface Usage {
  limits: Limits;
  users: number;
  sources: number;
  destinations: number;
  /** Recorded this month. */
  events: number;
  /** The month, from its first moment to that of the next. */
  month: { begins: Date; ends: Date };
}

/** What a tenant may have, and has. */
export async function readUsage(trx: TenantTrx | PlatformTrx, tenantId: string, now: Date): Promise<Usage> {
  const month = monthOf(now);
  const [limits, users, sources, destinations, events] = await Promise.all([
    readLimits(trx, tenantId),
    countOf(trx, tenantId, "users"),
    countOf(trx, tenantId, "sources"),
    countOf(trx, tenantId, "destinations"),
    eventsOfMonth(trx, tenantId, month.begins),
  ]);
  return { limits, users, sources, destinations, events, month };
}

/** The calendar month of a moment, in UTC. */
export function monthOf(moment: Date): { begins: Date; ends: Date } {
  const [year, month] = [moment.getUTCFullYear(), moment.getUTCMonth()];
  return { begins: new Date(Date.UTC(year, month, 1)), ends: new Date(Date.UTC(year, month + 1, 1)) };
}

/** How many events of a tenant were recorded in a month. */
export async function eventsOfMonth(
  trx: TenantTrx | PlatformTrx,
  tenantId: string,
  begins: Date,
): Promise<number> {
  const { rows } = await sql<{ events: number }>`
    select coalesce(sum(events), 0)::float8 as events from tenant_usage
    where tenant_id = ${tenantId} and month = ${begins.toISOString().slice(0, 10)}::date
  `.execute(trx);
  return rows[0]?.events ?? 0;
}
