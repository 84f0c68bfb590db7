import { createHash } from "node:crypto";
import { withPlatform, type Db, type PlatformTrx } from "@condo/schema";

/**
 * Keeps an entry that can't be recorded: once, however often its batch is done again. Of a tenant that was erased, or is
 * being erased, nothing is kept.
 */
export async function insertPoison(
  trx: PlatformTrx,
  poison: { streamId: string; tenantId: string | null; reason: string; entry: Buffer },
): Promise<void> {
  if (poison.tenantId !== null && (await isErased(trx, poison.tenantId))) return;
  await trx
    .insertInto("webhook_poison")
    .values({ id: poisonId(poison), tenant_id: poison.tenantId, reason: poison.reason, entry: poison.entry })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

async function isErased(trx: PlatformTrx, tenantId: string): Promise<boolean> {
  const erasure = await trx
    .selectFrom("tenant_erasures")
    .select("erased_tenant_id")
    .where("erased_tenant_id", "=", tenantId)
    .executeTakeFirst();
  return erasure !== undefined;
}

/** A stream that was emptied may number its entries anew, so what is in the entry has its part in the id. */
function poisonId({ streamId, entry }: { streamId: string; entry: Buffer }): string {
  const digest = createHash("sha256").update(`${streamId}\n`).update(entry).digest();
  digest.writeUInt8((digest.readUInt8(6) & 0x0f) | 0x80, 6);
  digest.writeUInt8((digest.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = digest.toString("hex", 0, 16);
  return [
    [0, 8],
    [8, 12],
    [12, 16],
    [16, 20],
    [20, 32],
  ]
    .map(([from, to]) => hex.slice(from, to))
    .join("-");
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
