import { setTimeout as pause } from "node:timers/promises";
import { ApiProblem, Unreachable, type components, type CondoClient } from "@condo/client";
import { InvalidArgumentError, type Command } from "commander";
import { examples } from "../examples.ts";
import { openApi } from "../api-client.ts";
import { formatTable } from "../table.ts";
import { CommandProblem, report, type Terminal } from "../terminal.ts";
import { count } from "./listen.ts";

interface FilterOptions {
  destination?: string;
  type?: string;
  since?: string;
  until?: string;
  all?: boolean;
  json?: boolean;
}

type Replay = components["schemas"]["Replay"];

const progressMs = 500;
/** A service that starts again is waited for: the replay goes on without it. */
const patienceMs = 60_000;

export function deadLetters(program: Command, terminal: Terminal): void {
  const group = program.command("dead-letters").description("A tenant's deliveries that were given up");
  list(group, terminal);
  replay(group, terminal);
  discard(group, terminal);
}

function list(group: Command, terminal: Terminal): void {
  group
    .command("list")
    .description("List dead letters, newest first.")
    .option("--destination <id>", "of this destination alone")
    .option("--event <id>", "of this event alone")
    .option("--limit <number>", "how many at most", count, 50)
    .option("--cursor <cursor>", "go on behind a page before")
    .addHelpText(
      "after",
      examples(
        "condo dead-letters list",
        "condo dead-letters list --destination 01890a5d-ac96-774b-bcce-b302099a8057",
      ),
    )
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<
        FilterOptions & { event?: string; limit: number; cursor?: string }
      >();
      const { destination, event, cursor } = options;
      const query = {
        limit: Math.min(options.limit, 100),
        ...(destination === undefined ? {} : { destination_id: destination }),
        ...(event === undefined ? {} : { event_id: event }),
        ...(cursor === undefined ? {} : { cursor }),
      };
      const page = await openApi(terminal).get("/api/v1/dead-letters", { params: { query } });
      const rows = page.items.map((row) => [
        row.id,
        row.completed_at,
        row.event_type,
        row.destination_name,
        row.attempts,
        row.last_error,
      ]);
      const more = page.next_cursor ? `\nMore: --cursor ${page.next_cursor}` : "";
      const table = formatTable(["ID", "SINCE", "TYPE", "DESTINATION", "ATTEMPTS", "LAST ERROR"], rows);
      report(
        terminal,
        options.json === true,
        rows.length === 0 ? "There are no dead letters." : `${table}${more}`,
        page,
      );
    });
}

function replay(group: Command, terminal: Terminal): void {
  withFilter(group.command("replay"))
    .description("Send dead letters again: one by its id, those that fit the options, or all of them.")
    .argument("[id]", "of one delivery; without it, options say which")
    .option("--rate <number>", "so many in a second at most", count, 10)
    .option("--no-wait", "do not wait until it is done")
    .addHelpText(
      "after",
      examples(
        "condo dead-letters replay 01890a5d-ac96-774b-bcce-b302099a8057",
        "condo dead-letters replay --type invoice.* --since 2026-01-31T08:00:00Z --rate 20",
        "condo dead-letters replay --all --no-wait",
      ),
    )
    .action(async (id: string | undefined, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<FilterOptions & { rate: number; wait: boolean }>();
      const filter = filterOf(id, options);
      const api = openApi(terminal);
      if (id !== undefined) {
        const params = { path: { delivery_id: id } };
        const letter = await api.post("/api/v1/dead-letters/{delivery_id}/replay", { params });
        report(terminal, options.json === true, `Sent again: ${id}.`, letter);
        return;
      }
      const body = { ...filter, rate_per_second: options.rate };
      const started = await api.post("/api/v1/dead-letters/replay", { body });
      const isJson = options.json === true;
      const begun = `Replay ${started.id} of ${started.total} dead letters has begun.`;
      if (options.wait && !isJson) terminal.stderr.write(`${begun}\n`);
      const ended = options.wait ? await untilOver(api, started, terminal, isJson) : started;
      if (ended.status === "cancelled") throw new CommandProblem("cancelled", "Somebody ended the replay");
      const sentence = ended.status === "running" ? begun : `${ended.replayed} dead letters are sent again.`;
      report(terminal, isJson, sentence, ended);
    });
}

/** @throws what the API answers instead, or keeps answering for a minute */
async function untilOver(
  api: CondoClient,
  started: Replay,
  terminal: Terminal,
  isJson: boolean,
): Promise<Replay> {
  const params = { path: { replay_id: started.id } };
  let now = started;
  let heard = performance.now();
  while (now.status === "running") {
    await pause(progressMs);
    const before = now.replayed;
    try {
      now = await api.get("/api/v1/replays/{replay_id}", { params });
      heard = performance.now();
    } catch (error) {
      if (!isPassing(error) || performance.now() - heard > patienceMs) throw error;
    }
    if (!isJson && now.replayed !== before) terminal.stderr.write(`${now.replayed} of ${now.total}\n`);
  }
  return now;
}

function isPassing(error: unknown): boolean {
  return error instanceof Unreachable || (error instanceof ApiProblem && error.status >= 500);
}

function discard(group: Command, terminal: Terminal): void {
  withFilter(group.command("discard"))
    .description("Discard dead letters: one by its id, those that fit the options, or all of them.")
    .argument("[id]", "of one delivery; without it, options say which")
    .requiredOption("--reason <text>", "why they need not be delivered any more")
    .addHelpText(
      "after",
      examples('condo dead-letters discard 01890a5d-ac96-774b-bcce-b302099a8057 --reason "A test order"'),
    )
    .action(async (id: string | undefined, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<FilterOptions & { reason: string }>();
      const filter = filterOf(id, options);
      const api = openApi(terminal);
      const { reason } = options;
      if (id !== undefined) {
        const params = { path: { delivery_id: id } };
        await api.post("/api/v1/dead-letters/{delivery_id}/discard", { params, body: { reason } });
        report(terminal, options.json === true, `Discarded: ${id}.`, { discarded: 1 });
        return;
      }
      let discarded = 0;
      for (let more = true; more;) {
        const body = { ...filter, reason };
        const outcome = await api.post("/api/v1/dead-letters/discard", { body });
        discarded += outcome.discarded;
        more = outcome.more;
      }
      report(terminal, options.json === true, `Discarded ${discarded} dead letters.`, { discarded });
    });
}

function withFilter(command: Command): Command {
  return command
    .option("--destination <id>", "of this destination")
    .option("--type <type>", "of this type, or `prefix.*`")
    .option("--since <time>", "of events received at this time or later", time)
    .option("--until <time>", "of events received before this time", time)
    .option("--all", "every dead letter of the tenant");
}

/** What the options mean; one of them has to be given, so that nobody means all by leaving the id out. */
function filterOf(id: string | undefined, options: FilterOptions) {
  const { destination, type, since, until } = options;
  const filter = {
    ...(destination === undefined ? {} : { destination_id: destination }),
    ...(type === undefined ? {} : { event_type: type }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  };
  const isNarrow = Object.keys(filter).length > 0;
  if (id === undefined && !isNarrow && !options.all) {
    throw new CommandProblem("which", "Say which: an id, --destination, --type, --since, --until, or --all");
  }
  if (id !== undefined && (isNarrow || options.all)) {
    throw new CommandProblem("which", "Give an id or a filter, not both");
  }
  return filter;
}

/** JavaScript takes "10" for October of 2001. */
const isoTime = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/;

function time(value: string): string {
  const date = new Date(value);
  if (!isoTime.test(value) || Number.isNaN(date.getTime()))
    throw new InvalidArgumentError("It should be a time, such as 2026-11-24T09:00:00Z.");
  return date.toISOString();
}
