import type { Command } from "commander";
import { z } from "zod";
import { openApi, type ApiSession } from "../api/api-session.ts";
import { followEvents } from "../api/follow-events.ts";
import { formatTable, printable } from "../table.ts";
import { CommandProblem, report, type Terminal } from "../terminal.ts";
import { count } from "./listen.ts";

interface TailOptions {
  service?: string;
  type?: string;
  count?: number;
  json?: boolean;
}

const deliverySchema = z.looseObject({
  id: z.uuid(),
  destination_id: z.uuid(),
  destination_name: z.string(),
  status: z.string(),
  attempts: z.int(),
  last_error: z.string().nullable(),
});

const eventSchema = z.looseObject({
  id: z.uuid(),
  service_name: z.string(),
  event_type: z.string(),
  content_type: z.string().nullable(),
  size: z.int(),
  received_at: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string().nullable(),
  body_base64: z.string(),
  deliveries: z.array(deliverySchema),
});

const pageSchema = z.object({ items: z.array(deliverySchema), next_cursor: z.string().nullable() });

export function events(program: Command, terminal: Terminal): void {
  const group = program.command("events").description("A tenant's webhook events");
  tail(group, terminal);
  show(group, terminal);
  replay(group, terminal);
}

function tail(group: Command, terminal: Terminal): void {
  group
    .command("tail")
    .description("Print events as they are recorded, until it is interrupted.")
    .option("--service <name>", "of this service alone")
    .option("--type <type>", "of this type alone, or `prefix.*`")
    .option("--count <number>", "end after so many", count)
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<TailOptions>();
      let left = options.count ?? Number.POSITIVE_INFINITY;
      for await (const event of followEvents(openApi(terminal), options, () => undefined)) {
        const { received_at, id, service_name, event_type, size } = event;
        const line = `${received_at}  ${id}  ${printable(service_name)}  ${printable(event_type)}  ${size} bytes`;
        terminal.stdout.write(`${options.json ? JSON.stringify(event) : line}\n`);
        left--;
        if (left <= 0) return;
      }
    });
}

function show(group: Command, terminal: Terminal): void {
  group
    .command("show")
    .description("Print an event with its headers, its body and its deliveries.")
    .argument("<event-id>")
    .action(async (id: string, _options: unknown, command: Command) => {
      const event = eventSchema.parse(
        await openApi(terminal).request("GET", `/webhook-events/${encodeURIComponent(id)}`),
      );
      const lines = [
        `${event.event_type} of ${event.service_name}, received ${event.received_at}, ${event.size} bytes`,
        ...Object.entries(event.headers).map(([name, value]) => `${name}: ${value}`),
      ];
      const body = event.body === null ? event.body_base64 : event.body.split("\n").map(printable).join("\n");
      const deliveries = formatTable(
        ["DELIVERY", "DESTINATION", "STATUS", "ATTEMPTS", "LAST ERROR"],
        event.deliveries.map((row) => [
          row.id,
          row.destination_name,
          row.status,
          row.attempts,
          row.last_error,
        ]),
      );
      const text = `${lines.map(printable).join("\n")}\n\n${body}\n\n${deliveries}`;
      report(terminal, isJson(command), text, event);
    });
}

function replay(group: Command, terminal: Terminal): void {
  group
    .command("replay")
    .description("Send an event again to every destination that it went to, under the same webhook-id.")
    .argument("<event-id>")
    .option("--destination <id>", "to this destination alone")
    .action(async (id: string, _options: unknown, command: Command) => {
      const { destination } = command.optsWithGlobals<{ destination?: string }>();
      const api = openApi(terminal);
      const found = await deliveriesOf(api, id, destination);
      if (found.length === 0) throw new CommandProblem("no_delivery", "The event has no such delivery");
      const over = found.filter(({ status }) => status !== "pending");
      for (const delivery of over) await api.request("POST", `/webhook-deliveries/${delivery.id}/replay`);
      const underWay = found.length - over.length;
      const also = underWay === 0 ? "" : ` ${underWay} on the way already.`;
      report(
        terminal,
        isJson(command),
        `Sent again to ${over.length} of ${found.length} destinations.${also}`,
        {
          replayed: over.map((delivery) => delivery.id),
          under_way: underWay,
        },
      );
    });
}

async function deliveriesOf(api: ApiSession, eventId: string, destinationId: string | undefined) {
  const found: z.output<typeof deliverySchema>[] = [];
  let cursor: string | null = null;
  do {
    const query: URLSearchParams = new URLSearchParams({ event_id: eventId, limit: "100" });
    if (destinationId) query.set("destination_id", destinationId);
    if (cursor) query.set("cursor", cursor);
    const page: z.output<typeof pageSchema> = pageSchema.parse(
      await api.request("GET", `/webhook-deliveries?${query.toString()}`),
    );
    found.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor);
  return found;
}

function isJson(command: Command): boolean {
  return command.optsWithGlobals<{ json?: boolean }>().json === true;
}
