import { z } from "zod";
import { catalogue, eventTypes, type EventData, type EventType } from "./catalogue.ts";

const prefix = "condo.";

const envelopeSchema = z.object({
  specversion: z.literal("1.0"),
  id: z.uuid(),
  source: z.literal("condo"),
  type: z.templateLiteral([prefix, z.enum(eventTypes)]),
  time: z.iso.datetime(),
  datacontenttype: z.literal("application/json"),
  /** The tenant it is about. */
  condotenant: z.uuid(),
  /** `version` of the catalogue's entry. */
  condoversion: z.int(),
  data: z.unknown(),
});

/** A domain event as it stands in a stream: CloudEvents 1.0, JSON format. */
export type CloudEvent = z.output<typeof envelopeSchema>;

/** A domain event as a consumer gets it. */
export type DomainEvent = {
  [T in EventType]: { id: string; tenantId: string; type: T; time: Date; data: EventData<T> };
}[EventType];

/** What an event is called on the wire. */
export function cloudEventType<T extends EventType>(type: T): `condo.${T}` {
  return `${prefix}${type}`;
}

export function encodeEvent(event: {
  id: string;
  tenantId: string;
  type: EventType;
  time: Date;
  data: unknown;
}): string {
  return JSON.stringify({
    specversion: "1.0",
    id: event.id,
    source: "condo",
    type: cloudEventType(event.type),
    time: event.time.toISOString(),
    datacontenttype: "application/json",
    condotenant: event.tenantId,
    condoversion: catalogue[event.type].version,
    data: event.data,
  } satisfies CloudEvent);
}

/** @throws Error when the text is not an event of the catalogue, in its version */
export function decodeEvent(text: string): DomainEvent {
  const envelope = envelopeSchema.parse(JSON.parse(text));
  const type = envelope.type.slice(prefix.length) as EventType;
  const { version, data: schema } = catalogue[type];
  if (envelope.condoversion !== version)
    throw new Error(`${type} is of version ${envelope.condoversion}, and ${version} is known here`);
  const data = schema.parse(envelope.data);
  return {
    id: envelope.id,
    tenantId: envelope.condotenant,
    type,
    time: new Date(envelope.time),
    data,
  } as DomainEvent;
}
