import { newId, type PlatformTrx, type TenantTrx } from "@condo/schema";
import { catalogue, type EventData, type EventType } from "./catalogue.ts";

/**
 * Writes a domain event in the transaction that changes the data it tells of, so that neither stands without the other.
 * The worker relays it to its stream.
 *
 * @throws z.ZodError when `data` is not as the catalogue says
 */
export async function emit<T extends EventType>(
  trx: TenantTrx | PlatformTrx,
  tenantId: string,
  type: T,
  data: EventData<T>,
): Promise<void> {
  const checked = catalogue[type].data.parse(data);
  await trx
    .insertInto("outbox")
    .values({ id: newId(), tenant_id: tenantId, type, data: JSON.stringify(checked), relayed_at: null })
    .execute();
}
