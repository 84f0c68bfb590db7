import type { IncomingEvent, Receipt } from "@condo/intake";
import type { Tracing } from "@condo/tracing";

/** Takes an event in as a part of its trace, where it has one. */
export async function traced(
  tracing: Tracing | undefined,
  engine: "redis" | "postgres",
  event: IncomingEvent,
  work: Promise<Receipt>,
): Promise<Receipt> {
  const { traceparent: parent } = event.headers;
  if (!tracing || parent === undefined) return work;
  const attributes = {
    "db.system.name": engine === "redis" ? "redis" : "postgresql",
    "condo.event_id": event.id,
  };
  const span = tracing.start("webhook append", { kind: "producer", parent, attributes });
  try {
    const receipt = await work;
    span.end({ attributes: { "condo.status": receipt.status } });
    return receipt;
  } catch (error) {
    span.end({ error: error instanceof Error ? error.message : String(error) });
    throw error;
  }
}
