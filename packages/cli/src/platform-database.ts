import { connect, withPlatform, type PlatformTrx } from "@condo/schema";
import { sql } from "kysely";
import { CommandProblem, type Terminal } from "./terminal.ts";

/** Runs `fn` in a transaction across tenants, on the database that DATABASE_URL names. */
export async function withPlatformDatabase<T>(
  terminal: Pick<Terminal, "env">,
  fn: (trx: PlatformTrx) => Promise<T>,
): Promise<T> {
  return askPlatformDatabase(terminal, (ask) => ask(fn));
}

/** As {@link withPlatformDatabase}, for questions that have a transaction each. */
export async function askPlatformDatabase<T>(
  { env }: Pick<Terminal, "env">,
  fn: (ask: <A>(question: (trx: PlatformTrx) => Promise<A>) => Promise<A>) => Promise<T>,
): Promise<T> {
  const db = connect(databaseUrl(env), { poolSize: 1, applicationName: "condo cli" });
  try {
    return await fn((question) =>
      withPlatform(db, async (trx) => {
        // The owner too is under the policies; only this role has one that shows all tenants.
        await sql`set local role condo_platform`.execute(trx);
        return question(trx);
      }),
    );
  } catch (error) {
    throw explained(error);
  } finally {
    await db.destroy();
  }
}

/** @throws CommandProblem when DATABASE_URL is missing or no URL */
export function databaseUrl(env: Terminal["env"]): string {
  const url = env["DATABASE_URL"];
  if (!url)
    throw new CommandProblem("no_database", "DATABASE_URL is missing: the database, as its owner's role");
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url))
    throw new CommandProblem("no_database", "DATABASE_URL should be postgres://user:password@host/database");
  return url;
}

/** SQLSTATE codes (Postgres manual, appendix A) and what they mean here. */
const known: Record<string, [code: string, message: string]> = {
  "42501": [
    "not_allowed",
    "DATABASE_URL: this role may not see all tenants. Use the owner's, or condo_platform's",
  ],
  "22023": ["not_migrated", "The database is not migrated: run condo migrate"],
  "42704": ["not_migrated", "The database is not migrated: run condo migrate"],
  "42P01": ["not_migrated", "The database is not migrated: run condo migrate"],
  "42703": ["not_migrated", "The database is older than this command: run condo migrate"],
  "28P01": ["no_database", "DATABASE_URL: the password is wrong"],
  "28000": ["no_database", "DATABASE_URL: Postgres does not let this role in"],
  "53300": ["no_database", "Postgres has no connection left for this role: all are in use"],
  "57P03": ["no_database", "Postgres does not answer yet: it is starting, or stopping"],
  "3D000": ["no_database", "DATABASE_URL: there is no such database"],
};

const networkCodes = /^(E(CONN|HOST|NET|PIPE|TIMEDOUT|NOTFOUND|AI_))/;

/** What an operator can make use of, where Postgres says something that they can mend. */
export function explained(error: unknown): unknown {
  if (error instanceof CommandProblem || !(error instanceof Error)) return error;
  const code = (error as { code?: unknown }).code;
  if (typeof code !== "string") {
    // The driver's own limits have a message alone.
    if (!/timeout|terminated/.test(error.message)) return error;
    return new CommandProblem("no_database", `Postgres does not answer (${error.message})`, error);
  }
  const own = known[code];
  if (own) return new CommandProblem(...own, error);
  if (networkCodes.test(code))
    return new CommandProblem("no_database", `Postgres does not answer (${code})`, error);
  return error;
}
