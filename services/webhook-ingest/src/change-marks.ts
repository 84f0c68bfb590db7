/** Which of what was learned may have changed since, tenant by tenant. */
export interface ChangeMarks {
  /** This moment, in the order of changes; what is learned is as old as the moment when asking began. */
  now(): number;
  changed(tenantId: string): void;
  /** Changes may have been missed. */
  anyChanged(): void;
  /** Whether something changed after `moment`: of the tenant, or, for null, of all tenants at once. */
  changedSince(moment: number, tenantId: string | null): boolean;
}

/**
 * A mark a tenant, so that a change costs the same however much is remembered.
 *
 * @param mostTenants past which what is older than the oldest mark counts as changed, instead of that mark
 */
export function createChangeMarks(mostTenants: number): ChangeMarks {
  const ofTenant = new Map<string, number>();
  let clock = 0;
  let ofAll = 0;
  return {
    now: () => clock,
    changed(tenantId) {
      ofTenant.delete(tenantId);
      ofTenant.set(tenantId, ++clock);
      if (ofTenant.size <= mostTenants) return;
      const [oldest] = ofTenant;
      if (!oldest) return;
      ofTenant.delete(oldest[0]);
      ofAll = oldest[1];
    },
    anyChanged() {
      ofTenant.clear();
      ofAll = ++clock;
    },
    changedSince: (moment, tenantId) =>
      moment < ofAll || (tenantId !== null && moment < (ofTenant.get(tenantId) ?? 0)),
  };
}
