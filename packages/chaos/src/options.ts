import { randomInt } from "node:crypto";
import { Command, InvalidArgumentError } from "commander";

export interface Options {
  seed: number;
  /** SIGKILLs; the run ends after them, or after so many minutes. */
  kills: number;
  minutes: number;
  /** Webhooks a second. */
  rate: number;
  /** Malformed requests, once the killing is over. */
  malformed: number;
  isJson: boolean;
  /** Whether engines' data and logs stay where something was lost or wrong. */
  keepsFaulty: boolean;
  tenants: number;
  ingests: number;
  workers: number;
  longestPauseMs: number;
  longestDownMs: number;
}

const long = {
  kills: 60,
  minutes: 30,
  rate: 100,
  malformed: 100_000,
  tenants: 4,
  ingests: 3,
  workers: 2,
  longestPauseMs: 6_000,
  longestDownMs: 4_000,
};

/** As `npm test` runs it. */
export const quick = {
  kills: 8,
  minutes: 1,
  rate: 40,
  malformed: 2_000,
  tenants: 2,
  ingests: 2,
  workers: 2,
  longestPauseMs: 1_000,
  longestDownMs: 1_000,
};

/** Reads what the command was given; `--help` and what it can't read end the process. */
export function readOptions(args: readonly string[]): Options {
  const command = new Command("npm run chaos --")
    .description(
      "Starts several of each service, sends webhooks, kills processes and engines with SIGKILL at random, and accounts\n" +
        "for every acknowledged webhook; then sends malformed requests. Ends with 1 when anything was lost or went wrong.",
    )
    .option("--seed <number>", "what chance starts from; another one each time by default", wholeNumber)
    .option("--kills <number>", `kills before it ends (${long.kills})`, wholeNumber)
    .option("--minutes <number>", `it ends after them even so (${long.minutes})`, wholeNumber)
    .option("--rate <number>", `webhooks a second (${long.rate})`, wholeNumber)
    .option("--malformed <number>", `malformed requests (${long.malformed})`, wholeNumber)
    .option("--quick", `in less than a minute: ${quick.kills} kills, ${quick.malformed} malformed requests`)
    .option("--json", "print the account as JSON, and nothing else to stdout")
    .parse(args, { from: "user" });
  const given = command.opts<
    Partial<Record<"seed" | "kills" | "minutes" | "rate" | "malformed", number>> & {
      quick?: true;
      json?: true;
    }
  >();
  const base = given.quick ? quick : long;
  return {
    ...base,
    kills: given.kills ?? base.kills,
    minutes: given.minutes ?? base.minutes,
    rate: given.rate ?? base.rate,
    malformed: given.malformed ?? base.malformed,
    seed: given.seed ?? randomInt(2 ** 31),
    isJson: given.json ?? false,
    keepsFaulty: true,
  };
}

function wholeNumber(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError("should be a whole number.");
  return Number(text);
}
