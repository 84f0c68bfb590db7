import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, join } from "node:path";
import { parseEnv } from "node:util";
import { root, stateDir } from "./paths.ts";
import { readRunFile } from "./run-file.ts";
import { keptSecrets } from "./secrets.ts";

/** What the CLI needs to reach the installation that runs in this clone. */
function hereabouts(): NodeJS.ProcessEnv {
  const running = readRunFile(stateDir);
  if (!running?.platformDatabaseUrl || process.env["DATABASE_URL"]) return {};
  return {
    DATABASE_URL: running.platformDatabaseUrl,
    ...(running.redisUrl === undefined ? {} : { REDIS_URL: running.redisUrl }),
    CONDO_MASTER_KEY: keptSecrets(stateDir).masterKey,
    CONDO_URL: running.origin,
    PUBLIC_URL: running.origin,
    CONDO_DATA_DIRS: (running.dataDirs ?? []).join(delimiter),
  };
}

/** What `npm start` tells the services, too. */
function envFile(): NodeJS.Dict<string> {
  const file = join(root, ".env");
  return existsSync(file) ? parseEnv(readFileSync(file, "utf8")) : {};
}

/** Becomes the `condo` command: its terminal, its signals, its exit code. What the caller says goes before what is found here. */
const cli = spawn(process.execPath, [join(root, "packages/cli/src/main.ts"), ...process.argv.slice(2)], {
  stdio: "inherit",
  // npm itself goes to the top of the clone: files that a command names lie where it was called.
  cwd: process.env["INIT_CWD"],
  env: { ...envFile(), ...hereabouts(), ...process.env },
});
// A terminal's Ctrl-C reaches the CLI too, which ends in its own way.
process.on("SIGINT", () => undefined);
for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => cli.kill(signal));
cli.on("exit", (code, signal) => {
  process.exitCode = code ?? 128 + (signal ? constants.signals[signal] : 0);
});
