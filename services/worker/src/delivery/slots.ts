/** Places for requests under way: so many in all, and so many for one tenant. Who finds none waits in line. */
export interface Slots<Waiter> {
  /** @returns false when there is none: then `waiter` is told by a later {@link free} */
  take(tenantId: string, waiter: Waiter): boolean;
  /** Gives one back. @returns who may try now, the longest waiting first */
  free(tenantId: string): Waiter[];
  taken(): number;
}

interface Tenant<Waiter> {
  taken: number;
  waiting: Set<Waiter>;
}

export function createSlots<Waiter>(limits: { total: number; tenant: number }): Slots<Waiter> {
  const tenants = new Map<string, Tenant<Waiter>>();
  const waiting = new Set<Waiter>();
  let total = 0;

  function first(set: Set<Waiter> | undefined): Waiter[] {
    const next = set?.values().next();
    if (!set || !next || next.done) return [];
    set.delete(next.value);
    return [next.value];
  }

  return {
    take(tenantId, waiter) {
      let tenant = tenants.get(tenantId);
      if (!tenant) tenants.set(tenantId, (tenant = { taken: 0, waiting: new Set() }));
      if (tenant.taken >= limits.tenant) {
        tenant.waiting.add(waiter);
        return false;
      }
      if (total >= limits.total) {
        waiting.add(waiter);
        return false;
      }
      tenant.taken++;
      total++;
      return true;
    },
    free(tenantId) {
      const tenant = tenants.get(tenantId);
      total--;
      if (!tenant) return first(waiting);
      tenant.taken--;
      const told = [...first(waiting), ...first(tenant.waiting)];
      if (tenant.taken === 0 && tenant.waiting.size === 0) tenants.delete(tenantId);
      return told;
    },
    taken: () => total,
  };
}
