import type { Crew } from "./crew.ts";
import type { Destination } from "./destinations.ts";

/** What of limits that hold for all workers together falls to this one. */
export interface Limits {
  /** Under way at once for a destination; none where no part of a limit a second falls to this worker. */
  atOnce(destination: Destination): number;
  /** Begun a second for a destination; null for no limit. */
  perSecond(destination: Destination): number | null;
  /** Begun a second for a tenant; null for no limit. */
  tenantPerSecond(tenantId: string): number | null;
}

/** @param defaults of a destination that has no limit of its own, in this worker, and of a tenant; null for no limit */
export function createLimits(
  crew: Pick<Crew, "shareOf">,
  defaults: { atOnce: number; tenantPerSecond: number | null },
): Limits {
  const shareOf = (limit: number | null, key: string) => (limit === null ? null : crew.shareOf(limit, key));
  const perSecond = ({ id, maxPerSecond }: Destination) => shareOf(maxPerSecond, id);
  const tenantPerSecond = (tenantId: string) => shareOf(defaults.tenantPerSecond, tenantId);
  return {
    atOnce(destination) {
      if (perSecond(destination) === 0 || tenantPerSecond(destination.tenantId) === 0) return 0;
      return shareOf(destination.maxInFlight, destination.id) ?? defaults.atOnce;
    },
    perSecond,
    tenantPerSecond,
  };
}
