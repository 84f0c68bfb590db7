import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SetupProblem } from "./problem.ts";
import { endProcess, isRunning, markOf, type ProcessMark } from "./processes.ts";

/** What tools and tests may know of a running fleet. */
interface RunRecord {
  supervisor: ProcessMark;
  origin?: string;
  /** The database as `condo_platform`. */
  platformDatabaseUrl?: string;
  redisUrl?: string;
  /** Where the embedded engines have their data. */
  dataDirs?: string[];
  services: Record<string, { url: string; process: ProcessMark | undefined }>;
}

export interface RunFile {
  write(record: Omit<RunRecord, "supervisor">): void;
  remove(): void;
}

const endLimitMs = 5_000;

/**
 * Claims `dir` for this process, and ends the services that a supervisor which died left behind.
 *
 * @throws SetupProblem when another fleet runs on it
 */
export async function claimRunFile(dir: string): Promise<RunFile> {
  mkdirSync(dir, { recursive: true });
  const file = join(dir, "run.json");
  const supervisor = markOf(process.pid);
  if (!supervisor) throw new Error("the system does not tell about processes");

  const earlier = readRunFile(dir);
  if (earlier && isRunning(earlier.supervisor)) throw runsAlready(dir, earlier);
  for (const service of Object.values(earlier?.services ?? {})) {
    if (service.process) await endProcess(service.process, endLimitMs);
  }
  putAside(file);
  try {
    writeFileSync(file, JSON.stringify({ supervisor, services: {} } satisfies RunRecord), {
      mode: 0o600,
      flag: "wx",
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    throw runsAlready(dir, readRunFile(dir));
  }

  return {
    write(record) {
      const draft = `${file}.${process.pid}`;
      writeFileSync(draft, `${JSON.stringify({ supervisor, ...record }, null, 2)}\n`, { mode: 0o600 });
      renameSync(draft, file);
    },
    remove() {
      rmSync(file, { force: true });
    },
  };
}

/** Removes what a dead supervisor wrote. Of two that found it, one may have written anew meanwhile: that stays. */
function putAside(file: string): void {
  const aside = `${file}.${process.pid}.old`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  const taken = read(aside);
  if (taken && isRunning(taken.supervisor)) renameSync(aside, file);
  else rmSync(aside);
}

function runsAlready(dir: string, winner: RunRecord | undefined): SetupProblem {
  const where = winner?.origin ? ` at ${winner.origin}` : "";
  const who = winner ? ` (process ${winner.supervisor.pid})` : "";
  return new SetupProblem(`Condo runs on ${dir} already${where}${who}: stop that one first`);
}

/** What runs on `dir`, or ran there until it was killed; undefined when nothing does. */
export function readRunFile(dir: string): RunRecord | undefined {
  return read(join(dir, "run.json"));
}

function read(file: string): RunRecord | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as RunRecord;
  } catch {
    return undefined;
  }
}
