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
  await emitAll(trx, tenantId, type, [data]);
}

/** As {@link emit}, for many of one kind in one statement. */
export async function emitAll<T extends EventType>(
  trx: TenantTrx | PlatformTrx,
  tenantId: string,
  type: T,
  all: readonly EventData<T>[],
): Promise<void> {
  if (all.length === 0) return;
  const schema = catalogue[type].data;
  const rows = all.map((data) => ({
    id: newId(),
    tenant_id: tenantId,
    type,
    data: JSON.stringify(schema.parse(data)),
    relayed_at: null,
  }));
  await trx.insertInto("outbox").values(rows).execute();
}
