import { createRate, type Rate } from "./rate.ts";

/**
 * Places for requests under way: so many in all, and so many for one tenant, which also begins only so many a second. Who
 * finds none waits in line.
 */
export interface Slots<Waiter> {
  /** @returns false when there is none: then `waiter` is told by a later {@link free}, or by `onTurn` */
  take(tenantId: string, waiter: Waiter): boolean;
  /** Gives one back. @returns who may try now, the longest waiting first */
  free(tenantId: string): Waiter[];
  /** Whether somebody waits for a place that this tenant gives back. */
  isAwaited(tenantId: string): boolean;
  taken(): number;
  /** Forgets tenants that nothing has to be remembered of. */
  tidy(): void;
  /** Tells nobody any more. */
  close(): void;
}

export interface SlotsOptions<Waiter> {
  total: number;
  tenant: number;
  /** How many a second a tenant may begin here; null for no limit. */
  perSecondOf: (tenantId: string) => number | null;
  /** The tenant's second has room again: this one may try now. */
  onTurn: (waiter: Waiter) => void;
}

interface Tenant<Waiter> {
  taken: number;
  waiting: Set<Waiter>;
  rate: Rate;
  timer: NodeJS.Timeout | undefined;
}

export function createSlots<Waiter>(options: SlotsOptions<Waiter>): Slots<Waiter> {
  const tenants = new Map<string, Tenant<Waiter>>();
  const waiting = new Set<Waiter>();
  let total = 0;

  function tenantOf(id: string): Tenant<Waiter> {
    let tenant = tenants.get(id);
    if (!tenant) {
      tenant = { taken: 0, waiting: new Set(), rate: createRate(), timer: undefined };
      tenants.set(id, tenant);
    }
    return tenant;
  }

  function first(set: Set<Waiter> | undefined): Waiter[] {
    const next = set?.values().next();
    if (!set || !next || next.done) return [];
    set.delete(next.value);
    return [next.value];
  }

  function turnIn(tenant: Tenant<Waiter>, ms: number): void {
    tenant.timer ??= setTimeout(() => {
      tenant.timer = undefined;
      for (const waiter of first(tenant.waiting)) options.onTurn(waiter);
    }, ms);
  }

  return {
    take(tenantId, waiter) {
      const tenant = tenantOf(tenantId);
      if (tenant.taken >= options.tenant) {
        tenant.waiting.add(waiter);
        return false;
      }
      if (total >= options.total) {
        waiting.add(waiter);
        return false;
      }
      const perSecond = options.perSecondOf(tenantId);
      if (perSecond !== null) {
        const waitMs = tenant.rate.waitMs(perSecond);
        if (waitMs > 0) {
          tenant.waiting.add(waiter);
          turnIn(tenant, waitMs);
          return false;
        }
        tenant.rate.take();
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
      return [...first(waiting), ...first(tenant.waiting)];
    },
    isAwaited: (tenantId) => waiting.size > 0 || (tenants.get(tenantId)?.waiting.size ?? 0) > 0,
    taken: () => total,
    tidy() {
      for (const [id, { taken, waiting: line, rate, timer }] of tenants) {
        if (taken === 0 && line.size === 0 && !timer && rate.isRested()) tenants.delete(id);
      }
    },
    close() {
      for (const { timer } of tenants.values()) clearTimeout(timer);
    },
  };
}
