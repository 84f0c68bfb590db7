import { readFileSync } from "node:fs";

/** What a process has used so far; all zero where the system does not tell. */
export interface Usage {
  /** CPU time of all its threads, in milliseconds. */
  cpuMs: number;
  /** How long its main thread was ready to run and had no core, in milliseconds. */
  waitedMs: number;
  /** Memory that is its own now, in bytes. */
  residentBytes: number;
}

/** Of the fields in /proc/PID/stat, in seconds; a hundred a second on every Linux that Node runs on. */
const ticksASecond = 100;
const nanosecondsAMs = 1_000_000;

export function usageOf(pid: number): Usage {
  const fields = read(`/proc/${pid}/stat`).split(") ").at(-1)?.split(" ") ?? [];
  const [, waited = 0] = read(`/proc/${pid}/schedstat`).split(" ").map(Number);
  const resident = /VmRSS:\s+(\d+) kB/.exec(read(`/proc/${pid}/status`))?.[1];
  return {
    cpuMs: ((Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 1000) / ticksASecond,
    waitedMs: waited / nanosecondsAMs,
    residentBytes: Number(resident ?? 0) * 1024,
  };
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
