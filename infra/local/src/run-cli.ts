import { spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "./paths.ts";

/** Becomes the `condo` command: its terminal, its exit code. */
export function runCli(args: readonly string[], env: NodeJS.ProcessEnv): void {
  const cli = spawn(process.execPath, [join(root, "packages/cli/src/main.ts"), ...args], {
    stdio: "inherit",
    env,
  });
  // A terminal's Ctrl-C reaches the CLI too, which ends in its own way.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => undefined);
  cli.on("exit", (code) => {
    process.exitCode = code ?? 1;
  });
}
