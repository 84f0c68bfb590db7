import { newId, type PlatformTrx } from "@condo/schema";

export async function insertPoison(
  trx: PlatformTrx,
  poison: { tenantId: string | null; reason: string; entry: Buffer },
): Promise<void> {
  await trx
    .insertInto("webhook_poison")
    .values({ id: newId(), tenant_id: poison.tenantId, reason: poison.reason, entry: poison.entry })
    .execute();
}
