import { connectRedis, isRedisUrl, type RedisConnection } from "@condo/redis";
import type { Command } from "commander";
import { sql } from "kysely";
import { databaseChecks } from "../doctor/database.ts";
import { problem, type Check, type Finding, type Patient } from "../doctor/finding.ts";
import { redisChecks } from "../doctor/redis.ts";
import { secretChecks } from "../doctor/secrets.ts";
import { surroundingChecks } from "../doctor/surroundings.ts";
import { workChecks } from "../doctor/work.ts";
import { withPlatformDatabase } from "../platform-database.ts";
import { printable } from "../table.ts";
import { CommandProblem, type Terminal } from "../terminal.ts";

const checks: Record<string, Check> = {
  ...databaseChecks,
  ...redisChecks,
  ...secretChecks,
  ...workChecks,
  ...surroundingChecks,
};

const redisLimitMs = 5_000;
const marks: Record<Finding["status"], string> = { ok: "✓", warning: "!", problem: "✗" };

export function doctor(program: Command, terminal: Terminal): void {
  program
    .command("doctor")
    .description("Say what is wrong with this installation, and what to do. It changes nothing.")
    .addHelpText(
      "after",
      "\nReads DATABASE_URL, REDIS_URL, CONDO_MASTER_KEY, CONDO_URL, and what services read. Exit code 1: a problem was found.",
    )
    .action(async (_options: unknown, command: Command) => {
      const { json } = command.optsWithGlobals<{ json?: boolean }>();
      const findings = await examine(terminal);
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

async function examine({ env }: Terminal): Promise<Finding[]> {
  const opened = openRedis(env["REDIS_URL"]);
  try {
    const redis = await opened?.ping().then(
      () => opened,
      () => undefined,
    );
    return await withPlatformDatabase({ env }, async (trx) => {
      const findings: Finding[] = [];
      for (const [name, check] of Object.entries(checks))
        findings.push(await tried(name, check, { env, trx, redis }));
      return findings;
    });
  } finally {
    opened?.disconnect();
  }
}

/** A check that can't be made is a problem of its own; the others are made all the same. */
async function tried(name: string, check: Check, patient: Patient): Promise<Finding> {
  const { trx } = patient;
  await sql`savepoint looked_at`.execute(trx);
  try {
    return await check(patient);
  } catch (error) {
    await sql`rollback to savepoint looked_at`.execute(trx);
    const reason = error instanceof Error ? error.message : String(error);
    return problem(
      name,
      `Could not be looked at: ${reason}`,
      "What is wrong there stays unseen",
      "Mend that first",
    );
  }
}

function openRedis(url: string | undefined): RedisConnection | undefined {
  if (!url) return undefined;
  if (!isRedisUrl(url))
    throw new CommandProblem("bad_url", "REDIS_URL should be redis://… or redis+cluster://…");
  return connectRedis(url, { waits: true, commandTimeoutMs: redisLimitMs, onError: () => undefined });
}

function asText({ check, status, what, why, fix }: Finding): string {
  const lines = [`${marks[status]} ${check.padEnd(18)}  ${printable(what)}`];
  if (why) lines.push(`${"".padEnd(22)}${printable(why)}`);
  if (fix) lines.push(`${"".padEnd(22)}→ ${printable(fix)}`);
  return lines.join("\n");
}
