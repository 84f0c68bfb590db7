import { CondoError } from "@condo/client";
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
import { CommandProblem, type Terminal } from "./terminal.ts";

const exitCodes = { done: 0, failed: 1, misused: 2 } as const;

/** Runs a command line; answers its exit code. */
export async function runCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const program = createProgram(terminal);
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCodes.done;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.misused;
    const isJson = program.opts<{ json?: boolean }>().json === true;
    terminal.stderr.write(`${isJson ? JSON.stringify({ error: forPrograms(error) }) : forPeople(error)}\n`);
    return exitCodes.failed;
  }
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

function forPrograms(error: unknown): { code: string; message: string } {
  if (isForOperator(error)) return { code: error.code, message: error.message };
  return { code: "internal_error", message: error instanceof Error ? error.message : String(error) };
}

function forPeople(error: unknown): string {
  if (isForOperator(error)) return `condo: ${error.message}`;
  return `condo: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
