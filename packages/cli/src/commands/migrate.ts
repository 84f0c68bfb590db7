import { migrateToLatest } from "@condo/schema/migrate";
import type { Command } from "commander";
import { examples } from "../examples.ts";
import { explained, databaseUrl } from "../platform-database.ts";
import { CommandProblem, report, type Terminal } from "../terminal.ts";

export function migrate(program: Command, terminal: Terminal): void {
  program
    .command("migrate")
    .description(
      "Bring the schema up to date, and let the services' roles in with APP_DATABASE_PASSWORD and PLATFORM_DATABASE_PASSWORD",
    )
    .addHelpText("after", examples("condo migrate"))
    .action(async (_options: unknown, command: Command) => {
      const { env } = terminal;
      const url = databaseUrl(env);
      const appPassword = needed(env, "APP_DATABASE_PASSWORD", "condo_app");
      const platformPassword = needed(env, "PLATFORM_DATABASE_PASSWORD", "condo_platform");
      const applied = await migrateToLatest(url, { appPassword, platformPassword }).catch(
        (error: unknown) => {
          throw explained(error);
        },
      );
      const sentence =
        applied.length > 0 ? applied.map((name) => `applied ${name}`).join("\n") : "the schema is up to date";
      report(terminal, command.optsWithGlobals<{ json?: boolean }>().json === true, sentence, { applied });
    });
}

function needed(env: Terminal["env"], variable: string, role: string): string {
  const value = env[variable];
  if (!value) {
    throw new CommandProblem("no_password", `${variable} is missing: the password that ${role} shall have`);
  }
  return value;
}
