import { newId, withPlatform, type Db, type PlatformTrx } from "@condo/schema";

export async function insertPoison(
  trx: PlatformTrx,
  poison: { tenantId: string | null; reason: string; entry: Buffer },
): Promise<void> {
  await trx
    .insertInto("webhook_poison")
    .values({ id: newId(), tenant_id: poison.tenantId, reason: poison.reason, entry: poison.entry })
    .execute();
}

export async function countPoison(db: Db): Promise<number> {
  const row = await withPlatform(db, (trx) =>
    trx
      .selectFrom("webhook_poison")
      .select((column) => column.fn.countAll<string>().as("count"))
      .executeTakeFirst(),
  );
  return Number(row?.count ?? 0);
}
