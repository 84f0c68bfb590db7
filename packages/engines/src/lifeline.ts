import { type ChildProcess, spawn } from "node:child_process";

/**
 * Ends a child when this process is gone, however it went: SIGKILL leaves no time for a hook. A shell waits on a pipe
 * that only this process holds open.
 */
export function endWithUs(child: ChildProcess, signal: "SIGINT" | "SIGTERM"): void {
  const watcher = spawn("/bin/sh", ["-c", `read -r line; kill -${signal.slice(3)} ${child.pid}`], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  watcher.on("error", () => undefined);
  watcher.stdin.on("error", () => undefined);
  watcher.unref();
  // Its pid may go to another process.
  child.once("exit", () => watcher.kill("SIGKILL"));
}
