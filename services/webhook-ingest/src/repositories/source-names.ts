import type { SourceName, TenantReader } from "@condo/schema";

/**
 * Every name that webhooks have for a tenant's sources, those that were deleted included.
 *
 * @param options of one service alone, or of all; `domain` is one that the tenant has or had, and counts as proven
 */
export async function findSourceNames(
  reader: TenantReader,
  tenantId: string,
  options: { serviceName?: string; domain?: string } = {},
): Promise<SourceName[]> {
  const { serviceName, domain } = options;
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
      .select(["source_key", "service_name"])
      .where("tenant_id", "=", tenantId)
      .$if(serviceName !== undefined, (query) => query.where("service_name", "=", serviceName ?? ""))
      .execute(),
  ]);
  const tenants = new Set([tenantId, ...domains.map((row) => row.domain)]);
  if (tenant) tenants.add(tenant.slug);
  if (domain !== undefined) tenants.add(domain);
  const services = new Set(sources.map((row) => row.service_name));
  return [
    ...[...services].flatMap((service) =>
      [...tenants].map((name) => ({ serviceName: service, tenant: name })),
    ),
    ...sources.map((row) => ({ serviceName: row.service_name, sourceKey: row.source_key })),
  ];
}
