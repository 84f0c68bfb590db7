import type { TenantReader, TenantTrx, WebhookSource } from "@condo/schema";

export async function insertSource(
  trx: TenantTrx,
  source: {
    id: string;
    tenant_id: string;
    service_name: string;
    provider: string;
    config: string;
    dedupe_window_seconds?: number | undefined;
    tenant_pointer?: string | undefined;
  },
): Promise<WebhookSource> {
  return trx
    .insertInto("webhook_sources")
    .values({ ...source, deleted_at: null })
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function listSources(
  trx: TenantReader,
  filter: { after: string | undefined; limit: number; serviceName: string | undefined },
): Promise<WebhookSource[]> {
  let query = trx.selectFrom("webhook_sources").selectAll().where("deleted_at", "is", null);
  if (filter.serviceName) query = query.where("service_name", "=", filter.serviceName);
  if (filter.after) query = query.where("id", "<", filter.after);
  return query
    .orderBy("id", "desc")
    .limit(filter.limit + 1)
    .execute();
}

export async function findSource(trx: TenantReader, id: string): Promise<WebhookSource | undefined> {
  return trx
    .selectFrom("webhook_sources")
    .selectAll()
    .where("id", "=", id)
    .where("deleted_at", "is", null)
    .executeTakeFirst();
}

/** Reads a source and holds its row until the transaction ends. */
export async function lockSource(trx: TenantTrx, id: string): Promise<WebhookSource | undefined> {
  return trx
    .selectFrom("webhook_sources")
    .selectAll()
    .where("id", "=", id)
    .where("deleted_at", "is", null)
    .forUpdate()
    .executeTakeFirst();
}

export async function updateSource(
  trx: TenantTrx,
  id: string,
  change: {
    config?: string | undefined;
    dedupe_window_seconds?: number | undefined;
    is_active?: boolean | undefined;
    source_key?: string | undefined;
    tenant_pointer?: string | null | undefined;
    deleted_at?: Date | undefined;
  },
): Promise<WebhookSource> {
  return trx
    .updateTable("webhook_sources")
    .set({ ...change, updated_at: new Date() })
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirstOrThrow();
}
