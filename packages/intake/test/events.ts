import { newId, withTenant, type Db } from "@condo/schema";
import type { IncomingEvent } from "../src/index.ts";

/** An event as webhook-ingest makes it. */
export function incomingEvent(changes: Partial<IncomingEvent> = {}): IncomingEvent {
  const id = newId();
  return {
    id,
    tenantId: newId(),
    sourceId: newId(),
    serviceName: "billing",
    eventType: "invoice.paid",
    senderEventId: null,
    dedupeKey: id,
    dedupeWindowMs: 60_000,
    contentType: "application/json",
    headers: { "user-agent": "tests" },
    receivedAt: new Date(),
    body: Buffer.from(`{"id":"${id}"}`),
    ...changes,
  };
}

/** Puts a source into the database: what events of it refer to. */
export async function createSource(
  app: Db,
  tenantId: string,
): Promise<{ tenantId: string; sourceId: string }> {
  const sourceId = newId();
  await withTenant(app, tenantId, (trx) =>
    trx
      .insertInto("webhook_sources")
      .values({
        id: sourceId,
        tenant_id: tenantId,
        service_name: `s${sourceId}`,
        provider: "condo",
        deleted_at: null,
      })
      .execute(),
  );
  return { tenantId, sourceId };
}
