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
  rmSync(file, { force: true });
  try {
    writeFileSync(file, JSON.stringify({ supervisor, services: {} } satisfies RunRecord), {
      mode: 0o600,
      flag: "wx",
    });
  } catch (error) {
    const winner = readRunFile(dir);
    throw winner ? runsAlready(dir, winner) : error;
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

function runsAlready(dir: string, { supervisor, origin }: RunRecord): SetupProblem {
  const where = origin ? ` at ${origin}` : "";
  return new SetupProblem(
    `Condo runs on ${dir} already${where} (process ${supervisor.pid}): stop that one first`,
  );
}

/** What runs on `dir`, or ran there until it was killed; undefined when nothing does. */
export function readRunFile(dir: string): RunRecord | undefined {
  try {
    return JSON.parse(readFileSync(join(dir, "run.json"), "utf8")) as RunRecord;
  } catch {
    return undefined;
  }
}
