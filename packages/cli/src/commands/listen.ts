import { Unreachable, type FollowedEvent } from "@condo/client";
import {
  generateStandardSecret,
  isOfConnection,
  signStandardWebhook,
  UnusableSecretError,
} from "@condo/webhooks";
import { InvalidArgumentError, type Command } from "commander";
import { examples } from "../examples.ts";
import { openApi } from "../api-client.ts";
import { printable } from "../table.ts";
import { CommandProblem, type Terminal } from "../terminal.ts";

interface Options {
  forwardTo?: URL;
  service?: string;
  type?: string;
  count?: number;
  json?: boolean;
}

const answerLimitMs = 30_000;

/** Said anew, for this machine. */
const saidAnew = new Set(["webhook-id", "webhook-signature", "webhook-timestamp"]);

export function listen(program: Command, terminal: Terminal): void {
  program
    .command("listen")
    .description(
      "Bring a tenant's events to this machine as they are recorded: print them, and forward them.",
    )
    .option("--forward-to <url>", "post each event there, one after another", forwardUrl)
    .option("--service <name>", "of this service alone")
    .option("--type <type>", "of this type alone, or `prefix.*`")
    .option("--count <number>", "end after so many", count)
    .addHelpText(
      "after",
      "\nForwarded events carry their original headers and body, and are signed after Standard Webhooks with\nCONDO_LISTEN_SECRET, or a secret of this session, which is shown.",
    )
    .addHelpText(
      "after",
      examples(
        "condo listen --forward-to http://localhost:3000/hook",
        "condo listen --service stripe --type 'invoice.*'",
      ),
    )
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const api = openApi(terminal);
      const ownSecret = terminal.env["CONDO_LISTEN_SECRET"];
      const secret = ownSecret || generateStandardSecret();
      assertUsable(secret);
      const { service, type } = options;
      let left = options.count ?? Number.POSITIVE_INFINITY;
      const sessionSecret = options.forwardTo && !ownSecret ? secret : undefined;
      const onConnect = (again: boolean) =>
        terminal.stderr.write(
          told(again, api.url, options, sessionSecret)
            .map((line) => `${line}\n`)
            .join(""),
        );
      for await (const event of api.follow({ service, type, onConnect })) {
        const outcome = options.forwardTo && (await forward(options.forwardTo, event, secret));
        terminal.stdout.write(`${options.json ? asJson(event, outcome) : asLine(event, outcome)}\n`);
        left--;
        if (left <= 0) return;
      }
    });
}

/** What is said of a connection; the secret of the session is told nowhere else. */
function told(again: boolean, url: string, { json, forwardTo }: Options, secret?: string): string[] {
  if (json) return secret && !again ? [JSON.stringify({ forwarding: { to: forwardTo?.href, secret } })] : [];
  if (again) return ["Connected again."];
  const forwarding = secret ? [`Forwarding to ${forwardTo?.href}, signed with ${secret}`] : [];
  return [`Listening to ${url}.`, ...forwarding];
}

interface Outcome {
  status: number | null;
  durationMs: number;
  error: string | null;
}

async function forward(to: URL, event: FollowedEvent, secret: string): Promise<Outcome> {
  const body = Buffer.from(event.body_base64, "base64");
  const kept = Object.entries(event.headers).filter(([given]) => {
    const name = given.toLowerCase();
    return !isOfConnection(name) && !saidAnew.has(name);
  });
  const begun = performance.now();
  const elapsed = () => Math.round(performance.now() - begun);
  try {
    const answer = await fetch(to, {
      method: "POST",
      body: new Uint8Array(body),
      redirect: "manual",
      signal: AbortSignal.timeout(answerLimitMs),
      headers: {
        ...Object.fromEntries(kept),
        ...(event.content_type === null ? {} : { "content-type": event.content_type }),
        ...signStandardWebhook([secret], event.id, Math.floor(Date.now() / 1_000), body),
        "condo-event-type": event.event_type,
        "condo-service": event.service_name,
      },
    });
    await answer.body?.cancel();
    return { status: answer.status, durationMs: elapsed(), error: null };
  } catch (error) {
    const { message } = new Unreachable(to.origin, error);
    return { status: null, durationMs: elapsed(), error: message };
  }
}

function asLine(event: FollowedEvent, outcome: Outcome | undefined): string {
  const line = `${event.received_at}  ${event.id}  ${printable(event.service_name)}  ${printable(event.event_type)}  ${event.size} bytes`;
  if (!outcome) return line;
  return `${line}  → ${outcome.status ?? printable(outcome.error)} (${outcome.durationMs} ms)`;
}

function asJson(event: FollowedEvent, outcome: Outcome | undefined): string {
  if (!outcome) return JSON.stringify(event);
  const { status, durationMs, error } = outcome;
  return JSON.stringify({ ...event, forwarded: { status, duration_ms: durationMs, error } });
}

function assertUsable(secret: string): void {
  try {
    signStandardWebhook([secret], "id", 0, Buffer.alloc(0));
  } catch (error) {
    if (!(error instanceof UnusableSecretError)) throw error;
    throw new CommandProblem(
      "bad_secret",
      "CONDO_LISTEN_SECRET should be a secret after Standard Webhooks: whsec_…",
    );
  }
}

function forwardUrl(value: string): URL {
  const url = URL.parse(value);
  if (!url || !/^https?:$/.test(url.protocol))
    throw new InvalidArgumentError("It should be an http or https URL.");
  return url;
}

export function count(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1)
    throw new InvalidArgumentError("It should be a whole number from 1.");
  return number;
}
