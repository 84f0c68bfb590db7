import { identityOf, invalid, type App } from "@condo/http";
import { readTenant } from "@condo/schema";
import { z } from "zod";
import type { Context } from "../context.ts";
import { tooManyListeners } from "../errors.ts";
import { currentBeginning, type Beginning, type RecordedEvent } from "../repositories/recorded-events.ts";
import { presentEvent } from "./event-schema.ts";
import { serviceName } from "./source-schema.ts";

const querystring = z.object({
  service_name: serviceName.optional(),
  event_type: z.string().max(128).optional().describe("A type, or `prefix.*`"),
  last_event_id: z.string().max(100).optional().describe("As the header, where one can't be set"),
});

const headers = z.object({
  "last-event-id": z
    .string()
    .max(100)
    .optional()
    .describe("The `id` of the last event that came: goes on after it"),
});

export function streamEvents(app: App, { db, feed }: Context): void {
  app.route({
    method: "GET",
    url: "/webhook-events/stream",
    exposeHeadRoute: false,
    config: { access: "webhook_events:read" },
    schema: {
      tags: ["webhook events"],
      summary: "Follow events as they are recorded",
      description:
        "Server-sent events, each with its headers and body. With `Last-Event-ID` it goes on behind that event, without gaps. It ends when the caller may not read events any more, or its token is over: connect again with a new one.",
      querystring,
      headers,
      produces: ["text/event-stream"],
      response: { 200: z.any().describe("Events of type `webhook_event`; their data is JSON") },
    },
    handler: async (request, reply) => {
      const { tenantId } = identityOf(request);
      const { service_name, event_type, last_event_id } = request.query;
      const last = request.headers["last-event-id"] ?? last_event_id;
      const { position, isPast } = last ? behind(last) : await readTenant(db, tenantId, currentBeginning);
      const stream = feed.listen({
        tenantId,
        from: position,
        wants: (event) =>
          !isPast(event) &&
          (service_name === undefined || event.service_name === service_name) &&
          (event_type === undefined || matchesType(event_type, event.event_type)),
        render,
        isStillAllowed: () => request.isStillAllowed(),
      });
      if (!stream) throw tooManyListeners();
      return (
        reply
          .header("cache-control", "no-store")
          .header("x-accel-buffering", "no")
          // A stream's connection is not used again: a service that closes need not wait for it to be idle long enough.
          .header("connection", "close")
          .type("text/event-stream; charset=utf-8")
          .send(stream)
      );
    },
  });
}

/** Where somebody goes on who had everything up to an event. */
function behind(text: string): Beginning {
  const [, recordedBy, eventId] = /^(\d{1,19})\.([0-9a-f-]{36})$/.exec(text) ?? [];
  if (!recordedBy || !z.uuid().safeParse(eventId).success || !eventId) {
    throw invalid("headers.last-event-id", "is not an id of this stream");
  }
  return { position: { recordedBy, eventId }, isPast: () => false };
}

function matchesType(pattern: string, type: string): boolean {
  if (pattern === "*" || pattern === type) return true;
  return pattern.endsWith(".*") && type.startsWith(pattern.slice(0, -1));
}

function render(event: RecordedEvent): string {
  const data = { ...presentEvent(event), headers: event.headers, body_base64: event.body.toString("base64") };
  return `event: webhook_event\ndata: ${JSON.stringify(data)}\n\n`;
}
