import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** A process beyond doubt: a pid alone may since belong to another. */
export interface ProcessMark {
  pid: number;
  birth: string;
}

const pollMs = 20;

/** The mark of a running process; undefined when there is none. */
export function markOf(pid: number): ProcessMark | undefined {
  const birth = process.platform === "linux" ? birthOnLinux(pid) : birthByPs(pid);
  return birth === undefined ? undefined : { pid, birth };
}

/** Whether the process that was marked still runs. */
export function isRunning(mark: ProcessMark): boolean {
  return markOf(mark.pid)?.birth === mark.birth;
}

/** Ends a process: SIGTERM, and SIGKILL when that takes too long. */
export async function endProcess(mark: ProcessMark, limitMs: number): Promise<void> {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    if (!isRunning(mark)) return;
    process.kill(mark.pid, signal);
    for (const deadline = Date.now() + limitMs; isRunning(mark) && Date.now() < deadline;)
      await delay(pollMs);
  }
}

function birthOnLinux(pid: number): string | undefined {
  try {
    // The name, in parentheses, may hold spaces and parentheses. A zombie (Z) runs no more.
    const [state, ...fields] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
    if (state === "Z") return undefined;
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot} ${fields[18]}`;
  } catch {
    return undefined;
  }
}

function birthByPs(pid: number): string | undefined {
  try {
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim() || undefined;
  } catch {
    return undefined;
  }
}
