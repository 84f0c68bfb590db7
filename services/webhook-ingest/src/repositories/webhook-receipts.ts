import type { TenantTrx } from "@condo/schema";

/** Under which id an event was taken in the first time. */
export async function findReceipt(
  trx: TenantTrx,
  key: { sourceId: string; dedupeKey: string },
): Promise<string | undefined> {
  const receipt = await trx
    .selectFrom("webhook_receipts")
    .select("event_id")
    .where("source_id", "=", key.sourceId)
    .where("dedupe_key", "=", key.dedupeKey)
    .executeTakeFirst();
  return receipt?.event_id;
}
