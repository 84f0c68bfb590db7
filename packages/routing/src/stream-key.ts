/** The Redis stream of a tenant's stream destination: below the tenant's own prefix, so that no name leads elsewhere. */
export function destinationStreamKey(tenantId: string, streamName: string): string {
  return `condo:destinations:{${tenantId}}:${streamName}`;
}
