import type { SourceName, TenantReader } from "@condo/schema";

/** Every name that webhooks have for a tenant's sources of one service, those that were deleted included. */
export async function findSourceNames(
  reader: TenantReader,
  tenantId: string,
  serviceName: string,
): Promise<SourceName[]> {
  const [tenant, domains, sources] = await Promise.all([
    reader.selectFrom("tenants").select("slug").where("id", "=", tenantId).executeTakeFirst(),
    reader
      .selectFrom("tenant_domains")
      .select("domain")
      .where("tenant_id", "=", tenantId)
      .where("status", "=", "verified")
      .execute(),
    reader
      .selectFrom("webhook_sources")
      .select("source_key")
      .where("tenant_id", "=", tenantId)
      .where("service_name", "=", serviceName)
      .execute(),
  ]);
  const tenants = [tenantId, ...(tenant ? [tenant.slug] : []), ...domains.map(({ domain }) => domain)];
  return [
    ...tenants.map((name) => ({ serviceName, tenant: name })),
    ...sources.map(({ source_key: sourceKey }) => ({ serviceName, sourceKey })),
  ];
}
