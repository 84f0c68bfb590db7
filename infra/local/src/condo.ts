import { spawn } from "node:child_process";
import { join } from "node:path";
import { root, stateDir } from "./paths.ts";
import { readRunFile } from "./run-file.ts";
import { keptSecrets } from "./secrets.ts";

/** What the CLI needs to reach the installation that runs in this clone; what the caller says goes before it. */
function hereabouts(): NodeJS.ProcessEnv {
  const running = readRunFile(stateDir);
  if (!running?.platformDatabaseUrl || process.env["DATABASE_URL"]) return {};
  return {
    DATABASE_URL: running.platformDatabaseUrl,
    CONDO_MASTER_KEY: keptSecrets(stateDir).masterKey,
    CONDO_URL: running.origin,
  };
}

const cli = spawn(process.execPath, [join(root, "packages/cli/src/main.ts"), ...process.argv.slice(2)], {
  stdio: "inherit",
  env: { ...hereabouts(), ...process.env },
});
// A terminal's Ctrl-C reaches the CLI too, which ends in its own way.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => undefined);
cli.on("exit", (code) => {
  process.exitCode = code ?? 1;
});
