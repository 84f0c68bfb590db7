import type { Command } from "commander";
import { examples } from "../examples.ts";
import { openApi } from "../api-client.ts";
import { formatTable, printable } from "../table.ts";
import { CommandProblem, report, type Terminal } from "../terminal.ts";
import { count } from "./listen.ts";

interface TailOptions {
  service?: string;
  type?: string;
  count?: number;
  json?: boolean;
}

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
    .addHelpText(
      "after",
      examples("condo events tail --type 'invoice.*'", "condo --json events tail --service stripe --count 1"),
    )
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<TailOptions>();
      let left = options.count ?? Number.POSITIVE_INFINITY;
      const { service, type } = options;
      for await (const event of openApi(terminal).follow({ service, type })) {
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
    .argument("<event-id>", "as `condo events tail` shows it")
    .addHelpText("after", examples("condo events show 01890a5d-ac96-774b-bcce-b302099a8057"))
    .action(async (id: string, _options: unknown, command: Command) => {
      const event = await openApi(terminal).get("/api/v1/webhook-events/{event_id}", {
        params: { path: { event_id: id } },
      });
      const head = [
        `${event.event_type} of ${event.service_name}, received ${event.received_at}, ${event.size} bytes`,
        ...Object.entries(event.headers).map(([name, value]) => `${name}: ${value}`),
      ];
      const body = event.body === null ? event.body_base64 : lines(event.body);
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
      const text = `${head.map(printable).join("\n")}\n\n${body}\n\n${deliveries}`;
      report(terminal, isJson(command), text, event);
    });
}

/** A text of lines and tabs, which do a terminal no harm. */
function lines(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => line.split("\t").map(printable).join("\t"))
    .join("\n");
}

function replay(group: Command, terminal: Terminal): void {
  group
    .command("replay")
    .description("Send an event again to every destination that it went to, under the same webhook-id.")
    .argument("<event-id>", "as `condo events tail` shows it")
    .option("--destination <id>", "to this destination alone")
    .addHelpText("after", examples("condo events replay 01890a5d-ac96-774b-bcce-b302099a8057"))
    .action(async (id: string, _options: unknown, command: Command) => {
      const { destination } = command.optsWithGlobals<{ destination?: string }>();
      const api = openApi(terminal);
      const query = { event_id: id, ...(destination === undefined ? {} : { destination_id: destination }) };
      const found = await Array.fromAsync(api.list("/api/v1/webhook-deliveries", { params: { query } }));
      if (found.length === 0) throw new CommandProblem("no_delivery", "The event has no such delivery");
      const over = found.filter(({ status }) => status !== "pending");
      for (const delivery of over) {
        const params = { path: { delivery_id: delivery.id } };
        await api.post("/api/v1/webhook-deliveries/{delivery_id}/replay", { params });
      }
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

function isJson(command: Command): boolean {
  return command.optsWithGlobals<{ json?: boolean }>().json === true;
}
