import { ApiProblem, CondoError } from "@condo/client";
import { Command, CommanderError } from "commander";
import { verifyAudit } from "./commands/audit.ts";
import { createSuperAdmin } from "./commands/create-super-admin.ts";
import { deadLetters } from "./commands/dead-letters.ts";
import { doctor } from "./commands/doctor.ts";
import { events } from "./commands/events.ts";
import { listen } from "./commands/listen.ts";
import { listKeys } from "./commands/list-keys.ts";
import { migrate } from "./commands/migrate.ts";
import { services } from "./commands/services.ts";
import { rotateKeys } from "./commands/rotate-keys.ts";
import { plans } from "./commands/plans.ts";
import { tenants } from "./commands/tenants.ts";
import { printable } from "./table.ts";
import { CommandProblem, type Terminal } from "./terminal.ts";

const exitCodes = { done: 0, failed: 1, misused: 2 } as const;

/** Runs a command line; answers its exit code. */
export async function runCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const program = createProgram(terminal);
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCodes.done;
  } catch (error) {
    const isJson = isForPrograms(program);
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return exitCodes.done;
      // Help has been shown in the place of an error.
      if (isJson && error.code !== "commander.help") complain(terminal, misuse(error));
      return exitCodes.misused;
    }
    if (isJson) complain(terminal, forPrograms(error));
    else terminal.stderr.write(`${forPeople(error)}\n`);
    return exitCodes.failed;
  }
}

function isForPrograms(program: Command): boolean {
  return program.opts<{ json?: boolean }>().json === true;
}

function complain(terminal: Terminal, error: object): void {
  terminal.stderr.write(`${JSON.stringify({ error })}\n`);
}

/** Every command that there is, on a terminal. */
export function createProgram(terminal: Terminal): Command {
  const program = new Command("condo")
    .description("Operates a Condo installation. DATABASE_URL says which: its database, as the owner.")
    .option("--json", "answer in JSON");
  migrate(program, terminal);
  const users = program.command("users").description("Users, super admins above all");
  createSuperAdmin(users, terminal);
  const keys = program.command("keys").description("The keys that sign access tokens");
  rotateKeys(keys, terminal);
  listKeys(keys, terminal);
  tenants(program, terminal);
  plans(program, terminal);
  services(program, terminal);
  verifyAudit(program.command("audit").description("The audit log"), terminal);
  doctor(program, terminal);
  listen(program, terminal);
  events(program, terminal);
  deadLetters(program, terminal);
  for (const command of commandsOf(program)) {
    command.exitOverride().configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
      outputError: (text, write) => {
        if (!isForPrograms(program)) write(text);
      },
    });
  }
  return program;
}

/** A command, and all below it. */
export function commandsOf(command: Command): Command[] {
  return [command, ...command.commands.flatMap(commandsOf)];
}

/** Whose message says what to do: anything else is a bug, and shown with its stack. */
function isForOperator(error: unknown): error is CommandProblem | CondoError {
  return error instanceof CommandProblem || error instanceof CondoError;
}

function misuse({ message }: CommanderError): object {
  return { code: "misused", message: message.replace(/^error: /, "") };
}

function forPrograms(error: unknown): object {
  if (isForOperator(error)) return { code: error.code, message: error.message, ...detailsOf(error) };
  return { code: "internal_error", message: error instanceof Error ? error.message : String(error) };
}

function detailsOf(error: CommandProblem | CondoError): object {
  if (!(error instanceof ApiProblem)) return {};
  const { errors, requestId } = error;
  return { ...(errors.length > 0 ? { errors } : {}), ...(requestId ? { request_id: requestId } : {}) };
}

/** What a stranger chose may be in it, as the name of a tenant. */
function forPeople(error: unknown): string {
  return `condo: ${toldOf(error)}`.split("\n").map(printable).join("\n");
}

function toldOf(error: unknown): string {
  if (!isForOperator(error)) return error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (!(error instanceof ApiProblem)) return error.message;
  const parts = error.errors.map(({ path, message }) => `\n  ${path} ${message}`).join("");
  const where = error.status >= 500 && error.requestId ? ` (request ${error.requestId})` : "";
  return `${error.message}${where}${parts}`;
}
