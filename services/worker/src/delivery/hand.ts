import type { Task } from "./lane.ts";

/** The bodies that this worker holds: of deliveries that wait, and of those that are being sent. */
export interface Hand {
  add(tasks: readonly Task[]): void;
  remove(tasks: readonly Task[]): void;
  /** No more is to be taken in, whose ever it is. */
  isFull(): boolean;
  /** No more is to be taken in of this tenant: one endpoint that hangs must not keep others' deliveries out. */
  isFullFor(tenantId: string): boolean;
}

/**
 * @param most bytes of all tenants together and of one; what is taken in at once may come on top, so that a body larger
 *   than its tenant's part is sent too
 */
export function createHand(most: { bytes: number; tenantBytes: number }): Hand {
  const byTenant = new Map<string, number>();
  let bytes = 0;

  function count(tasks: readonly Task[], sign: 1 | -1): void {
    for (const { delivery } of tasks) {
      const { tenant_id: tenantId, body } = delivery;
      bytes += sign * body.length;
      const of = (byTenant.get(tenantId) ?? 0) + sign * body.length;
      if (of > 0) byTenant.set(tenantId, of);
      else byTenant.delete(tenantId);
    }
  }

  return {
    add: (tasks) => count(tasks, 1),
    remove: (tasks) => count(tasks, -1),
    isFull: () => bytes >= most.bytes,
    isFullFor: (tenantId) => bytes >= most.bytes || (byTenant.get(tenantId) ?? 0) >= most.tenantBytes,
  };
}
