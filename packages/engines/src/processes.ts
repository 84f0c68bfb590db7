import { execFile } from "node:child_process";
import { readFile, readlink } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);
const pollMs = 5;

/** Whether there is a process with this pid. */
export function isProcessAlive(pid: number): boolean {
  return signal(pid, 0);
}

/** Sends a signal; false when there is no such process. */
export function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Waits until a process is gone; false when it is still there after `limitMs`. */
export async function gone(pid: number, limitMs: number): Promise<boolean> {
  const deadline = Date.now() + limitMs;
  while (await isRunning(pid)) {
    if (Date.now() > deadline) return false;
    await delay(pollMs);
  }
  return true;
}

/** Whether `pid` is alive and works in `folder`: pids are used again, a pid file alone proves nothing. */
export async function runsIn(pid: number, folder: string, program: RegExp): Promise<boolean> {
  if (!(await isRunning(pid))) return false;
  if (process.platform !== "linux") {
    const { stdout } = await run("lsof", ["-a", "-p", String(pid), "-d", "cwd", "-Fn"]).catch(() => ({
      stdout: "",
    }));
    return stdout.split("\n").includes(`n${folder}`);
  }
  try {
    return (await readlink(`/proc/${pid}/cwd`)) === folder;
  } catch {
    // Root in a container without SYS_PTRACE may not read another user's link; the name it may.
    return program.test(await readFile(`/proc/${pid}/comm`, "utf8").catch(() => ""));
  }
}

/** SIGKILL to a process and its children at one moment, so that none can tidy up after another. */
export async function killTree(pid: number): Promise<void> {
  if (!signal(pid, "SIGSTOP")) return;
  const children = await childrenOf(pid);
  for (const each of [pid, ...children]) signal(each, "SIGKILL");
}

async function childrenOf(pid: number): Promise<number[]> {
  if (process.platform === "linux") {
    const text = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
    return text.split(" ").filter(Boolean).map(Number);
  }
  const { stdout } = await run("ps", ["-A", "-o", "pid=,ppid="]);
  return stdout
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([child, parent]) => (parent === pid && child !== undefined ? [child] : []));
}

async function isRunning(pid: number): Promise<boolean> {
  if (!signal(pid, 0)) return false;
  if (process.platform !== "linux") return true;
  // A zombie that its parent has not reaped yet answers signals, but holds nothing any more.
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return stat !== "" && !/\) Z /.test(stat);
}
