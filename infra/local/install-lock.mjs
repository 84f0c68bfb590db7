// Plain JavaScript without dependencies, as bootstrap.mjs is.
import { spawnSync } from "node:child_process";
import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

const pollMs = 200;
/** Between making its file and writing to it nobody takes so long, unless it was killed there. */
const namelessMs = 5_000;

/** Two starts in one clone: the second waits while the first installs. Resolves to what lets the next one in. */
export async function lockInstall(file) {
  let isTold = false;
  while (!take(file)) {
    const holder = holderOf(file);
    if (holder === undefined) continue;
    if (holder.isGone) {
      putAside(file);
      continue;
    }
    if (!isTold) process.stdout.write(`waiting for process ${holder.pid}, which is installing\n`);
    isTold = true;
    await delay(pollMs);
  }
  return () => rmSync(file, { force: true });
}

function take(file) {
  let lock;
  try {
    lock = openSync(file, "wx");
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
  try {
    writeSync(lock, `${process.pid} ${birthOf(process.pid)}`);
    return true;
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  } finally {
    closeSync(lock);
  }
}

/** Removes a dead holder's lock. Of two who saw it, one may have its own there by now: that stays. */
function putAside(file) {
  const stale = `${file}.${process.pid}`;
  if (!attempt(() => renameSync(file, stale))) return;
  if (holderOf(stale)?.isGone === false) renameSync(stale, file);
  else rmSync(stale, { force: true });
}

function holderOf(file) {
  try {
    const [pid = "", ...birth] = readFileSync(file, "utf8").split(" ");
    if (pid === "") return { pid, isGone: Date.now() - statSync(file).mtimeMs > namelessMs };
    // A pid alone may since belong to another; in a container it often does.
    return { pid, isGone: birthOf(pid) !== birth.join(" ") };
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** When a process began, as the system tells it; what no other process with its pid has. Empty for none. */
function birthOf(pid) {
  if (process.platform !== "linux") {
    return spawnSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).stdout.trim();
  }
  try {
    const [state, ...fields] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1).split(" ");
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return state === "Z" ? "" : `${boot} ${fields[18]}`;
  } catch {
    return "";
  }
}

function attempt(action) {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}
