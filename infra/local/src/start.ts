import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { runDemo } from "./demo.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { root, stateDir } from "./paths.ts";
import { explain, SetupProblem } from "./problem.ts";
import { line, seconds } from "./terminal.ts";

const defaultPort = 8080;
/** Ctrl-C reaches us from the terminal and from npm at about the same moment; a person's second one comes later. */
const sameSignalMs = 500;
const interruptedExitCode = 130;

try {
  await main();
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
}

async function main(): Promise<void> {
  const start = performance.now();
  const envFile = join(root, ".env");
  if (existsSync(envFile)) process.loadEnvFile(envFile);
  const options = readOptions();
  const { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, ...env } = process.env;

  const closing = { fleet: undefined as Fleet | undefined, since: undefined as number | undefined };
  const end = async (exitCode: number): Promise<never> => {
    await closing.fleet?.close();
    process.exit(exitCode);
  };
  const onSignal = (): void => {
    if (closing.since === undefined) {
      closing.since = performance.now();
      line();
      void end(closing.fleet ? 0 : interruptedExitCode);
    } else if (performance.now() - closing.since > sameSignalMs) {
      process.exit(interruptedExitCode);
    }
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);

  const fleet = await startFleet({
    dir: stateDir,
    port: options.port,
    databaseUrl: databaseUrl || undefined,
    redisUrl: redisUrl || undefined,
    env,
    onLine: line,
    onGiveUp: (reason) => {
      process.stderr.write(`${reason}\n`);
      void end(1);
    },
    isVerbose: options.isVerbose,
  });
  closing.fleet = fleet;
  line(`\nCondo is up at ${fleet.origin} after ${seconds(start).trim()}. Ctrl-C closes it.\n`);
  if (options.isDemo) await runDemo({ origin: fleet.origin, dir: stateDir, onLine: line });
}

function readOptions(): { port: number; isDemo: boolean; isVerbose: boolean } {
  const { values } = readArguments();
  const [name, text] = values.port === undefined ? ["PORT", process.env["PORT"]] : ["--port", values.port];
  const port = text ? Number(text) : defaultPort;
  if (!Number.isInteger(port) || port < 1 || port > 65_531) {
    throw new SetupProblem(
      `${name} should be a port from 1 to 65531 (the four after it are used too), not "${text}"`,
    );
  }
  return { port, isDemo: values.demo, isVerbose: values.verbose };
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        demo: { type: "boolean", default: true },
        port: { type: "string" },
        verbose: { type: "boolean", default: false },
      },
      allowNegative: true,
    });
  } catch (error) {
    throw new SetupProblem((error as Error).message, { cause: error });
  }
}
