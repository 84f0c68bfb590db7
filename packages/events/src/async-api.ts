import { z } from "zod";
import { catalogue, eventAreas, eventTypes, streamOf, type EventArea, type EventType } from "./catalogue.ts";
import { cloudEventType } from "./cloud-event.ts";

const areas: Record<EventArea, string> = {
  identity: "People, their sessions, roles and credentials",
  tenants: "Tenants themselves",
  webhooks: "Webhook sources and destinations, and what becomes of deliveries",
};

/** Every stream of domain events as AsyncAPI 3, from the catalogue. */
export function renderAsyncApi(): object {
  return {
    asyncapi: "3.0.0",
    id: "urn:condo:events",
    info: {
      title: "Condo's domain events",
      version: "1.0.0",
      description: [
        "What happened, told in the transaction that made it happen. Each event is an entry of a Redis stream: its field",
        "`event` is a CloudEvent 1.0 in JSON. An event may come twice, under one `id`, and none is lost; entries are kept",
        "for 7 days. Read with a consumer group.",
      ].join(" "),
      license: { name: "MIT" },
    },
    defaultContentType: "application/cloudevents+json",
    channels: Object.fromEntries(eventAreas.map((area) => [area, channelOf(area)])),
    operations: Object.fromEntries(
      eventAreas.map((area) => [
        `publish_${area}`,
        {
          action: "send",
          channel: { $ref: `#/channels/${area}` },
          summary: `Condo tells of ${areas[area].toLowerCase()}`,
        },
      ]),
    ),
    components: {
      messages: Object.fromEntries(eventTypes.map((type) => [type, messageOf(type)])),
      schemas: { Envelope: envelope },
    },
  };
}

function channelOf(area: EventArea): object {
  const types = eventTypes.filter((type) => catalogue[type].area === area);
  return {
    address: streamOf(area),
    title: area,
    description: areas[area],
    messages: Object.fromEntries(types.map((type) => [type, { $ref: `#/components/messages/${type}` }])),
  };
}

function messageOf(type: EventType): object {
  const { version, data } = catalogue[type];
  return {
    name: cloudEventType(type),
    title: type,
    contentType: "application/cloudevents+json",
    payload: {
      allOf: [
        { $ref: "#/components/schemas/Envelope" },
        {
          type: "object",
          required: ["type", "condoversion", "data"],
          properties: {
            type: { type: "string", const: cloudEventType(type) },
            condoversion: { type: "integer", const: version },
            data: jsonSchemaOf(data),
          },
        },
      ],
    },
  };
}

function jsonSchemaOf(schema: z.ZodType): object {
  // Readers may get more than they know of: a field that is added raises no version.
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: "input" });
  return rest;
}

const envelope = {
  type: "object",
  required: [
    "specversion",
    "id",
    "source",
    "type",
    "time",
    "datacontenttype",
    "condotenant",
    "condoversion",
    "data",
  ],
  properties: {
    specversion: { type: "string", const: "1.0" },
    id: { type: "string", format: "uuid", description: "The same when the event comes again" },
    source: { type: "string", const: "condo" },
    type: { type: "string", description: "`condo.` and the event's name" },
    time: { type: "string", format: "date-time" },
    datacontenttype: { type: "string", const: "application/json" },
    condotenant: { type: "string", format: "uuid", description: "The tenant it is about" },
    condoversion: {
      type: "integer",
      description: "Raised when `data` changes in a way that a reader has to know of",
    },
    data: { type: "object" },
  },
};
