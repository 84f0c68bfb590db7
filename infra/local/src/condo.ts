import { stateDir } from "./paths.ts";
import { runCli } from "./run-cli.ts";
import { readRunFile } from "./run-file.ts";
import { keptSecrets } from "./secrets.ts";

/** What the CLI needs to reach the installation that runs in this clone; what the caller says goes before it. */
function hereabouts(): NodeJS.ProcessEnv {
  const running = readRunFile(stateDir);
  if (!running?.platformDatabaseUrl || process.env["DATABASE_URL"]) return {};
  return {
    DATABASE_URL: running.platformDatabaseUrl,
    ...(running.redisUrl === undefined ? {} : { REDIS_URL: running.redisUrl }),
    CONDO_MASTER_KEY: keptSecrets(stateDir).masterKey,
    CONDO_URL: running.origin,
  };
}

runCli(process.argv.slice(2), { ...hereabouts(), ...process.env });
