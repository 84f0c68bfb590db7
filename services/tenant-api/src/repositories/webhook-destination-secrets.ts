import type { TenantTrx } from "@condo/schema";
import { sql } from "kysely";

export async function insertDestinationSecret(
  trx: TenantTrx,
  secret: { id: string; tenant_id: string; destination_id: string; secret_sealed: Buffer },
): Promise<void> {
  await trx
    .insertInto("webhook_destination_secrets")
    .values({ ...secret, expires_at: null })
    .execute();
}

/**
 * Lets a destination's secrets sign no longer than until `at`. One that is replaced while another still overlaps takes
 * its place, so that two sign at most, and with the new one three.
 */
export async function expireDestinationSecrets(
  trx: TenantTrx,
  destinationId: string,
  at: Date,
): Promise<void> {
  await sql`
    with ranked as (
      select tenant_id, id, expires_at is not null and expires_at <= now() as is_over,
        row_number() over (order by id desc) as rank
      from webhook_destination_secrets where destination_id = ${destinationId}
    ), removed as (
      delete from webhook_destination_secrets secret using ranked
      where secret.tenant_id = ranked.tenant_id and secret.id = ranked.id and (ranked.is_over or ranked.rank > 2)
    )
    update webhook_destination_secrets secret
    set expires_at = least(secret.expires_at, ${at})
    from ranked
    where secret.tenant_id = ranked.tenant_id and secret.id = ranked.id and not ranked.is_over and ranked.rank <= 2
  `.execute(trx);
}
