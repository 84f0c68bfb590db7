import { sourceOptionContext, withPlatform, type Db, type PlatformTrx } from "@condo/schema";
import { sealedMark, sealText, type Sealer } from "@condo/secrets";
import { secretOptions } from "@condo/webhooks";
import { sql } from "kysely";

/** Seals the secret options of sources that were stored before they counted as secrets. @returns how many */
export async function sealOptions(db: Db, sealer: Sealer): Promise<number> {
  let sealed = 0;
  for (const { provider, option } of secretOptions) {
    sealed += await withPlatform(db, (trx) => sealOption(trx, sealer, provider, option));
  }
  return sealed;
}

async function sealOption(
  trx: PlatformTrx,
  sealer: Sealer,
  provider: string,
  option: string,
): Promise<number> {
  const open = await trx
    .selectFrom("webhook_sources")
    .select(["tenant_id", "id", sql<string>`config ->> ${option}`.as("text")])
    .where("provider", "=", provider)
    .where(sql<boolean>`not starts_with(config ->> ${option}, ${sealedMark})`)
    .forUpdate()
    .skipLocked()
    .execute();
  for (const { tenant_id: tenantId, id, text } of open) {
    const sealed = sealText(sealer, text, sourceOptionContext(id, option));
    await sql`
      update webhook_sources set config = jsonb_set(config, ${[option]}, to_jsonb(${sealed}::text))
      where tenant_id = ${tenantId} and id = ${id}
    `.execute(trx);
  }
  return open.length;
}
