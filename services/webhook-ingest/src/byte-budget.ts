import { overBudget, tenantOverBudget } from "./errors.ts";

/** Bytes of bodies that are being read and stored: as this process's memory holds them, or its part of a disk. */
export interface ByteBudget {
  readonly limit: number;
  readonly tenantLimit: number;
  /** What is held now, of all tenants. */
  held(): number;
  /**
   * Holds `bytes` for a request of a tenant until it is released.
   *
   * @throws Problem 503 when the process, 429 when the tenant holds as much as it may
   */
  open(tenantId: string, bytes: number): Reservation;
}

export interface Reservation {
  /** Holds more: of a body whose length was not told. @throws Problem as `open` */
  grow(bytes: number): void;
  release(): void;
}

/** @param limit of all tenants together; one alone holds half of it at most, so that others find room */
export function createByteBudget(limit: number): ByteBudget {
  const tenantLimit = Math.floor(limit / 2);
  const ofTenant = new Map<string, number>();
  let held = 0;

  function hold(tenantId: string, bytes: number): void {
    const own = ofTenant.get(tenantId) ?? 0;
    // A body larger than half of the memory is read when nobody else's is.
    if (own > 0 && own + bytes > tenantLimit) throw tenantOverBudget();
    if (held > 0 && held + bytes > limit) throw overBudget();
    held += bytes;
    ofTenant.set(tenantId, own + bytes);
  }

  return {
    limit,
    tenantLimit,
    held: () => held,
    open(tenantId, bytes) {
      let reserved = 0;
      const grow = (more: number) => {
        hold(tenantId, more);
        reserved += more;
      };
      grow(bytes);
      return {
        grow,
        release() {
          held -= reserved;
          const own = (ofTenant.get(tenantId) ?? 0) - reserved;
          if (own > 0) ofTenant.set(tenantId, own);
          else ofTenant.delete(tenantId);
          reserved = 0;
        },
      };
    },
  };
}
