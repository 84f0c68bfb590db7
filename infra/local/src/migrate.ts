import { migrateToLatest } from "@condo/schema/migrate";
import { checkPostgres } from "./given-engines.ts";
import { explain, SetupProblem } from "./problem.ts";
import { line } from "./terminal.ts";

try {
  const databaseUrl = needed("DATABASE_URL", "the database as the role that owns it");
  const appPassword = needed("APP_DATABASE_PASSWORD", "the password that condo_app shall have");
  const platformPassword = needed(
    "PLATFORM_DATABASE_PASSWORD",
    "the password that condo_platform shall have",
  );
  await checkPostgres("DATABASE_URL", databaseUrl);
  const applied = await migrateToLatest(databaseUrl, { appPassword, platformPassword });
  for (const name of applied) line(`applied ${name}`);
  if (applied.length === 0) line("the schema is up to date");
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
}

function needed(variable: string, what: string): string {
  const value = process.env[variable];
  if (!value) throw new SetupProblem(`${variable} is missing: ${what}`);
  return value;
}
