import { z } from "zod";

const headerSchema = z.object({
  id: z.uuid(),
  tenant_id: z.uuid(),
  source_id: z.uuid(),
  service_name: z.string(),
  event_type: z.string(),
  sender_event_id: z.string().nullable(),
  dedupe_key: z.string(),
  dedupe_window_ms: z.int().positive(),
  content_type: z.string().nullable(),
  headers: z.record(z.string(), z.string()),
  received_at: z.iso.datetime(),
});

/** A webhook that was verified and taken in, on its way to `webhook_events`. */
export interface IncomingEvent {
  id: string;
  tenantId: string;
  sourceId: string;
  serviceName: string;
  eventType: string;
  /** The id that the sender gave it, where it gives one. */
  senderEventId: string | null;
  /** What makes it the same event, within tenant and source. */
  dedupeKey: string;
  /** How long a repetition is recognised, in milliseconds. */
  dedupeWindowMs: number;
  contentType: string | null;
  /** Headers worth keeping: never credentials or signatures. */
  headers: Record<string, string>;
  receivedAt: Date;
  /** The bytes as they came. */
  body: Buffer;
  /** How many events the tenant may take in within a month, where its plan says so. It is not kept. */
  monthlyLimit?: number | null;
}

/** An entry of the intake stream can't be read. */
export class UnreadableEntry extends Error {}

/** The entry's header as it stands in the stream, beside the body. */
export function encodeHeader(event: IncomingEvent): string {
  return JSON.stringify({
    id: event.id,
    tenant_id: event.tenantId,
    source_id: event.sourceId,
    service_name: event.serviceName,
    event_type: event.eventType,
    sender_event_id: event.senderEventId,
    dedupe_key: event.dedupeKey,
    dedupe_window_ms: event.dedupeWindowMs,
    content_type: event.contentType,
    headers: event.headers,
    received_at: event.receivedAt.toISOString(),
  } satisfies z.input<typeof headerSchema>);
}

/** @throws UnreadableEntry */
export function decodeEntry(header: Buffer | undefined, body: Buffer | undefined): IncomingEvent {
  if (!header || !body) throw new UnreadableEntry("The entry lacks its header or its body");
  const parsed = headerSchema.safeParse(parseJson(header));
  if (!parsed.success) throw new UnreadableEntry(z.prettifyError(parsed.error));
  const fields = parsed.data;
  return {
    id: fields.id,
    tenantId: fields.tenant_id,
    sourceId: fields.source_id,
    serviceName: fields.service_name,
    eventType: fields.event_type,
    senderEventId: fields.sender_event_id,
    dedupeKey: fields.dedupe_key,
    dedupeWindowMs: fields.dedupe_window_ms,
    contentType: fields.content_type,
    headers: fields.headers,
    receivedAt: new Date(fields.received_at),
    body,
  };
}

function parseJson(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString("utf8"));
  } catch {
    return undefined;
  }
}
