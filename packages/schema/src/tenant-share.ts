/** What a tenant asks for waits for what it asked for before, and has waited too long. */
export class TenantBusy extends Error {
  override name = "TenantBusy";
}

/** Of a pool's connections, how many one tenant may have for what it reads; the others are for everybody else. */
export interface TenantShare {
  /**
   * Ends once the tenant may have one more, in the order of asking.
   *
   * @throws TenantBusy when that takes too long
   */
  take(tenantId: string): Promise<void> | undefined;
  /** Gives one back. */
  free(tenantId: string): void;
}

interface Tenant {
  taken: number;
  waiting: Set<() => void>;
}

/** @param waitMs how long somebody waits for the tenant's own requests */
export function createTenantShare(most: number, waitMs: number): TenantShare {
  const tenants = new Map<string, Tenant>();

  function wait({ waiting }: Tenant): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        waiting.delete(go);
        reject(new TenantBusy("The tenant has all connections that it may have"));
      }, waitMs);
      waiting.add(go);
    });
  }

  return {
    take(tenantId) {
      const tenant = tenants.get(tenantId);
      if (!tenant) {
        tenants.set(tenantId, { taken: 1, waiting: new Set() });
        return undefined;
      }
      if (tenant.taken >= most) return wait(tenant);
      tenant.taken++;
      return undefined;
    },
    free(tenantId) {
      const tenant = tenants.get(tenantId);
      if (!tenant) return;
      const [next] = tenant.waiting;
      if (next) {
        tenant.waiting.delete(next);
        next();
      } else if (--tenant.taken === 0) tenants.delete(tenantId);
    },
  };
}
