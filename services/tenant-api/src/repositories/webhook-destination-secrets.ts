import type { TenantTrx } from "@condo/schema";

export async function insertDestinationSecret(
  trx: TenantTrx,
  secret: { id: string; tenant_id: string; destination_id: string; secret_sealed: Buffer },
): Promise<void> {
  await trx
    .insertInto("webhook_destination_secrets")
    .values({ ...secret, expires_at: null })
    .execute();
}
