import type { TenantTrx, WebhookSourceSecret } from "@condo/schema";

export async function insertSourceSecret(
  trx: TenantTrx,
  secret: {
    id: string;
    tenant_id: string;
    source_id: string;
    secret_sealed: Buffer;
    valid_from?: Date | undefined;
  },
): Promise<void> {
  await trx
    .insertInto("webhook_source_secrets")
    .values({ ...secret, expires_at: null })
    .execute();
}

/** The secrets that verify now or will, newest first. */
export async function listSourceSecrets(trx: TenantTrx, sourceId: string): Promise<WebhookSourceSecret[]> {
  return trx
    .selectFrom("webhook_source_secrets")
    .selectAll()
    .where("source_id", "=", sourceId)
    .where((where) => where.or([where("expires_at", "is", null), where("expires_at", ">", new Date())]))
    .orderBy("id", "desc")
    .execute();
}

/** Lets the secrets that would be valid for longer run out. */
export async function expireSourceSecrets(trx: TenantTrx, sourceId: string, at: Date): Promise<void> {
  await trx
    .updateTable("webhook_source_secrets")
    .set({ expires_at: at })
    .where("source_id", "=", sourceId)
    .where((where) => where.or([where("expires_at", "is", null), where("expires_at", ">", at)]))
    .execute();
}
