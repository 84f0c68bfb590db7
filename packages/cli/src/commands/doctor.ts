import { connectRedis, isRedisUrl } from "@condo/redis";
import { InvalidArgumentError, Option, type Command } from "commander";
import { sql } from "kysely";
import { databaseChecks } from "../doctor/database.ts";
import { problem, warning, type Check, type Finding, type Told } from "../doctor/finding.ts";
import { redisChecks } from "../doctor/redis.ts";
import { secretChecks } from "../doctor/secrets.ts";
import { postgresStorage, redisStorage } from "../doctor/storage.ts";
import { surroundingChecks } from "../doctor/surroundings.ts";
import { workChecks } from "../doctor/work.ts";
import { examples } from "../examples.ts";
import { withPlatformDatabase } from "../platform-database.ts";
import { printable } from "../table.ts";
import { CommandProblem, type Terminal } from "../terminal.ts";

const ofPostgres = {
  ...databaseChecks,
  "postgres storage": postgresStorage,
  ...secretChecks,
  ...workChecks,
};
const ofRedis = { ...redisChecks, "redis storage": redisStorage };

const redisLimitMs = 5_000;
const marks: Record<Finding["status"], string> = { ok: "✓", warning: "!", problem: "✗" };

export function doctor(program: Command, terminal: Terminal): void {
  program
    .command("doctor")
    .description("Say what is wrong with this installation, and what to do. It changes nothing.")
    .addOption(
      new Option("--disk-free <percent>", "how much of a disk with an engine's data has to be free")
        .argParser(readShare)
        .default(0.1, "10"),
    )
    .addHelpText(
      "after",
      `
Reads DATABASE_URL, REDIS_URL, CONDO_MASTER_KEY, CONDO_URL, and what services read. CONDO_DATA_DIRS names the folders of
the engines' data on this machine, with colons between. Exit code 1: a problem was found.`,
    )
    .addHelpText(
      "after",
      examples(
        "condo doctor",
        "CONDO_DATA_DIRS=/var/lib/postgresql:/var/lib/redis condo doctor --disk-free 20",
        "condo --json doctor",
      ),
    )
    .action(async ({ diskFree }: { diskFree: number }, command: Command) => {
      const { json } = command.optsWithGlobals<{ json?: boolean }>();
      const findings = await examine({ env: terminal.env, leastFree: diskFree });
      const problems = findings.filter(({ status }) => status === "problem").length;
      const warnings = findings.filter(({ status }) => status === "warning").length;
      terminal.stdout.write(
        json
          ? `${JSON.stringify({ problems, warnings, findings })}\n`
          : `${findings.map(asText).join("\n")}\n\n${findings.length} checks, ${problems} problems, ${warnings} warnings\n`,
      );
      if (problems > 0) throw new CommandProblem("problems", `${problems} problems were found`);
    });
}

function readShare(text: string): number {
  const percent = Number(text);
  if (text.trim() === "" || !(percent >= 0 && percent <= 100))
    throw new InvalidArgumentError("It should be a number from 0 to 100.");
  return percent / 100;
}

/** An engine that is away is one finding; what does not need it is looked at all the same. */
async function examine(told: Told): Promise<Finding[]> {
  return [
    ...(await examinePostgres(told)),
    ...(await examineRedis(told)),
    ...(await all(surroundingChecks, told, (look) => look())),
  ];
}

async function examinePostgres(told: Told): Promise<Finding[]> {
  try {
    return await withPlatformDatabase(told, async (trx) =>
      all(ofPostgres, { ...told, trx }, async (look) => {
        await sql`savepoint looked_at`.execute(trx);
        return look().catch(async (error: unknown) => {
          await sql`rollback to savepoint looked_at`.execute(trx);
          throw error;
        });
      }),
    );
  } catch (error) {
    const away = problem(
      "postgres",
      reasonOf(error),
      `Without it nobody logs in and nothing is delivered. ${notLookedAt(ofPostgres)}`,
      "Start it, or set DATABASE_URL: the database, as its owner or as condo_platform",
    );
    return [away];
  }
}

async function examineRedis(told: Told): Promise<Finding[]> {
  const url = told.env["REDIS_URL"];
  const unseen = notLookedAt(ofRedis);
  const fix = "Start it, or set REDIS_URL as the services have it";
  if (!url) return [warning("redis", "REDIS_URL is not set", unseen, fix)];
  if (!isRedisUrl(url))
    return [problem("redis", "REDIS_URL should be redis://… or redis+cluster://…", unseen, fix)];
  // The first error says why, where a command would wait for a connection.
  const { promise: refused, reject } = Promise.withResolvers<never>();
  const redis = connectRedis(url, { waits: true, commandTimeoutMs: redisLimitMs, onError: reject });
  try {
    await Promise.race([redis.ping(), refused]);
    return await all(ofRedis, { ...told, redis }, (look) => look());
  } catch (error) {
    return [
      problem(
        "redis",
        `The Redis of REDIS_URL does not answer well (${reasonOf(error)})`,
        `Webhooks are taken more slowly, events are not told, nothing is delivered. ${unseen}`,
        fix,
      ),
    ];
  } finally {
    redis.disconnect();
  }
}

function notLookedAt(checks: Record<string, unknown>): string {
  return `Not looked at: ${Object.keys(checks).join(", ")}`;
}

/** Makes each check. One that can't be made is a problem of its own; the others are made all the same. */
async function all<P extends Told>(
  checks: Record<string, Check<P>>,
  patient: P,
  safely: (look: () => Promise<Finding>) => Promise<Finding>,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [name, check] of Object.entries(checks)) {
    const finding = await safely(() => check(patient)).catch((error: unknown) =>
      problem(
        name,
        `Could not be looked at: ${reasonOf(error)}`,
        "What is wrong there stays unseen",
        "Mend that first",
      ),
    );
    findings.push(finding);
  }
  return findings;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Node tells of several addresses that were tried without a message.
  return error.message || String((error as { code?: unknown }).code);
}

function asText({ check, status, what, why, fix }: Finding): string {
  const lines = [`${marks[status]} ${check.padEnd(18)}  ${printable(what)}`];
  if (why) lines.push(`${"".padEnd(22)}${printable(why)}`);
  if (fix) lines.push(`${"".padEnd(22)}→ ${printable(fix)}`);
  return lines.join("\n");
}
