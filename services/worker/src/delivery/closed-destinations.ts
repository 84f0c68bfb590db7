import type { DestinationReference } from "./destinations.ts";

/** Destinations that get nothing from this worker now, and so take nothing from the drain either. */
export interface ClosedDestinations {
  set(destination: DestinationReference, isClosed: boolean): void;
  of(tenantIds: Iterable<string>): string[];
}

export function createClosedDestinations(): ClosedDestinations {
  const byTenant = new Map<string, Set<string>>();
  return {
    set({ tenantId, id }, isClosed) {
      const ids = byTenant.get(tenantId);
      if (isClosed) {
        if (ids) ids.add(id);
        else byTenant.set(tenantId, new Set([id]));
      } else if (ids?.delete(id) && ids.size === 0) byTenant.delete(tenantId);
    },
    of: (tenantIds) => [...tenantIds].flatMap((tenantId) => Array.from(byTenant.get(tenantId) ?? [])),
  };
}
