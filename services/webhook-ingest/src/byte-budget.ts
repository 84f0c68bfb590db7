import { overBudget, tenantOverBudget } from "./errors.ts";

/** Bytes of bodies that are being read and stored: as this process's memory holds them, or its part of a disk. */
export interface ByteBudget {
  readonly limit: number;
  readonly tenantLimit: number;
  /** What is held now, of all tenants. */
  held(): number;
  /**
   * What a request of a tenant is to hold, of which there is nothing yet: who announces bytes, and does not send them, is in
   * nobody's way.
   *
   * @param announced as many as it will hold, as far as that is known
   * @throws Problem 503 when the process, 429 when the tenant has no room for them now
   */
  open(tenantId: string, announced: number): Reservation;
}

export interface Reservation {
  /** Holds more, until it is released. @throws Problem as `open` */
  grow(bytes: number): void;
  release(): void;
}

/** @param limit of all tenants together; one alone holds half of it at most, so that others find room */
export function createByteBudget(limit: number): ByteBudget {
  const tenantLimit = Math.floor(limit / 2);
  const ofTenant = new Map<string, number>();
  let held = 0;

  /** @param reserved what the request that asks holds of it already */
  function assertRoom(tenantId: string, announced: number, reserved: number, bytes: number): void {
    const own = ofTenant.get(tenantId) ?? 0;
    // A body larger than half of the memory is read when nobody else's is.
    const isAnnounced = reserved + bytes <= announced;
    if (own + bytes > tenantLimit && !(isAnnounced && own === reserved)) throw tenantOverBudget();
    if (held + bytes > limit && !(isAnnounced && held === reserved)) throw overBudget();
  }

  return {
    limit,
    tenantLimit,
    held: () => held,
    open(tenantId, announced) {
      let reserved = 0;
      assertRoom(tenantId, announced, reserved, announced);
      return {
        grow(bytes) {
          assertRoom(tenantId, announced, reserved, bytes);
          held += bytes;
          reserved += bytes;
          ofTenant.set(tenantId, (ofTenant.get(tenantId) ?? 0) + bytes);
        },
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
