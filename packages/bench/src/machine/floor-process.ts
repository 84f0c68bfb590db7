import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

export interface FloorProcess {
  pid: number;
  /** What it told when it was ready, such as its address. */
  ready: Record<string, string>;
  /** Has it begin, where it waits for that. @returns what it tells in the end */
  run(): Promise<Record<string, string>>;
  stop(): Promise<void>;
}

/** Runs a floor as a process of its own, as Condo's services are, with the same settings of Node. */
export async function startFloor(script: URL, env: Record<string, string> = {}): Promise<FloorProcess> {
  const child = fork(script, {
    env: { ...process.env, NODE_ENV: "production", ...env },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const ready = await firstMessage(child, script);
  return {
    pid: child.pid ?? 0,
    ready,
    run: async () => {
      child.send("run");
      return firstMessage(child, script);
    },
    stop: () => end(child),
  };
}

/** Tells the bench that a floor is ready. It ends when the bench is gone. */
export function tellReady(ready: Record<string, string>): void {
  if (process.listenerCount("disconnect") === 0) endWithParent(async () => undefined);
  if (process.connected) process.send?.(ready);
}

/**
 * Has a process close what it holds, and end, when the bench lets go of it or is gone; signals are for the bench. What it
 * is at meanwhile fails, and does not end it before all is closed.
 */
export function endWithParent(close: () => Promise<void>): void {
  process.on("disconnect", () => {
    process.on("uncaughtException", () => undefined);
    void close().finally(() => process.exit());
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
}

async function firstMessage(child: ChildProcess, script: URL): Promise<Record<string, string>> {
  return new Promise((resolve, reject) => {
    child.once("message", (message) => resolve(message as Record<string, string>));
    child.once("exit", (code) => reject(new Error(`${script.pathname} ended with code ${code}`)));
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}
