import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { migrateToLatest, roleUrl } from "@condo/schema/migrate";
import {
  type EngineProcess,
  type ExitListener,
  freePort,
  type PostgresEngine,
  type RedisEngine,
  startPostgres,
  startRedis,
} from "@condo/engines";
import { type Addresses, laptopLimits, plans, type ServiceName, serviceNames } from "./fleet-services.ts";
import { checkPostgres, checkRedis } from "./given-engines.ts";
import { demandFreePort } from "./port-holder.ts";
import { SetupProblem } from "./problem.ts";
import { markOf } from "./processes.ts";
import { createReviver } from "./revive.ts";
import { claimRunFile } from "./run-file.ts";
import { keptSecrets } from "./secrets.ts";
import { createService, type Service } from "./service.ts";
import { openServiceLog } from "./service-log.ts";

export interface FleetOptions {
  /** Where all state is kept: engines' data, secrets, logs. One fleet at a time runs on it. */
  dir: string;
  /** Of the gateway; the services have the four after it. 0: five free ones in a row. */
  port: number;
  /** Engines to use in place of the embedded ones. */
  databaseUrl?: string | undefined;
  redisUrl?: string | undefined;
  /** Settings of the embedded Postgres: `{ fsync: "off" }`. */
  postgresSettings?: Record<string, string>;
  /** Variables for every service, under those that the fleet sets itself. */
  env?: NodeJS.ProcessEnv;
  /** Takes each line that a person may want to see. */
  onLine?: (line: string) => void;
  /** Something died too often to be started again: the fleet is of no more use. */
  onGiveUp?: (reason: string) => void;
  /** Whether every line of the services' logs is passed to `onLine`, not warnings and errors alone. */
  isVerbose?: boolean;
}

export interface Fleet {
  /** Where callers reach the gateway. */
  readonly origin: string;
  readonly services: Readonly<Record<ServiceName, Service>>;
  /** The embedded engines; undefined where another is used. */
  readonly postgres: PostgresEngine | undefined;
  readonly redis: RedisEngine | undefined;
  /** The database as its owner. */
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** Whether what dies is started again; on at first. */
  autoRestart: boolean;
  /** Stops the gateway, the APIs, the worker, the engines, in this order. */
  close(): Promise<void>;
}

const closingOrder: readonly (readonly ServiceName[])[] = [
  ["gateway"],
  ["identity-api", "tenant-api", "webhook-ingest"],
  ["worker"],
];

/** Starts engines, schema, services and gateway, each a process of its own, and resolves when all are ready. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const { dir, databaseUrl: givenDatabase, redisUrl: givenRedis, onLine: tell = () => undefined } = options;
  mkdirSync(dir, { recursive: true });
  const runFile = await claimRunFile(dir);
  const closers: (() => Promise<void>)[] = [async () => runFile.remove()];
  const state = { isClosing: false, autoRestart: true };
  const reviverOf = createReviver({
    isWanted: () => state.autoRestart && !state.isClosing,
    tell,
    giveUp: options.onGiveUp ?? tell,
  });

  async function close(): Promise<void> {
    state.isClosing = true;
    for (const closer of closers.splice(0).toReversed()) await closer();
  }

  async function step<T>(name: string, work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    const result = await work();
    tell(`✓ ${name.padEnd(24)} ${Math.round(performance.now() - start)} ms`);
    return result;
  }

  async function stopping(name: string, stop: () => Promise<void>): Promise<void> {
    const start = performance.now();
    await stop();
    tell(`stopped ${name.padEnd(18)} ${Math.round(performance.now() - start)} ms`);
  }

  async function embed<T extends EngineProcess>(
    name: string,
    start: (onExit: ExitListener) => Promise<T>,
  ): Promise<T> {
    // Whoever restarted it meanwhile, a test, has been quicker.
    const revive = reviverOf(name, async () => (engine.pid === undefined ? engine.restart() : undefined));
    const engine: T = await step(name, () => start((code, signal) => revive(signal ?? `exit code ${code}`)));
    closers.push(() => stopping(name, () => engine.stop()));
    return engine;
  }

  try {
    const firstPort = options.port === 0 ? await freePort(serviceNames.length) : options.port;
    const portOf = (name: ServiceName): number => firstPort + serviceNames.indexOf(name);
    for (const name of serviceNames) await demandFreePort(portOf(name), name);
    if (givenDatabase) await step("DATABASE_URL", () => checkPostgres("DATABASE_URL", givenDatabase));
    const weakness = givenRedis && (await step("REDIS_URL", () => checkRedis("REDIS_URL", givenRedis)));
    if (weakness) tell(weakness);

    const secrets = keptSecrets(dir);
    const settings = options.postgresSettings ?? {};
    const postgres = givenDatabase
      ? undefined
      : await embed("Postgres", (onExit) => startPostgres({ dir: join(dir, "postgres"), settings, onExit }));
    const redis = givenRedis
      ? undefined
      : await embed("Redis", (onExit) => startRedis({ dir: join(dir, "redis"), onExit }));
    const databaseUrl = postgres?.url ?? givenDatabase ?? "";
    const redisUrl = redis?.url ?? givenRedis ?? "";
    await step("schema", () => migrate(databaseUrl, secrets));

    const at: Addresses = {
      port: portOf,
      origin: `http://localhost:${portOf("gateway")}`,
      appDatabaseUrl: roleUrl(databaseUrl, "condo_app", secrets.appPassword),
      platformDatabaseUrl: roleUrl(databaseUrl, "condo_platform", secrets.platformPassword),
      redisUrl,
      masterKey: secrets.masterKey,
      mailDir: join(dir, "mail"),
    };
    const made = serviceNames.map((name) => [name, serviceOf(name, at)] as const);
    const services = Object.fromEntries(made) as Record<ServiceName, Service>;

    function serviceOf(name: ServiceName, at: Addresses): Service {
      const { env, ...plan } = plans[name];
      const service: Service = createService({
        ...plan,
        name,
        port: at.port(name),
        env: { NODE_ENV: "development", LOG_LEVEL: "info", ...laptopLimits, ...options.env, ...env(at) },
        log: openServiceLog(dir, name, tell, options.isVerbose ?? false),
        onChange: record,
        onDeath: reviverOf(name, () => service.start()),
      });
      return service;
    }

    function record(): void {
      if (state.isClosing) return;
      const running = Object.values(services).map(({ name, url, pid }) => {
        return [name, { url, process: pid === undefined ? undefined : markOf(pid) }] as const;
      });
      const { origin, platformDatabaseUrl } = at;
      runFile.write({ origin, platformDatabaseUrl, services: Object.fromEntries(running) });
    }

    for (const names of closingOrder.toReversed()) {
      closers.push(async () => {
        await Promise.all(names.map((name) => stopping(name, () => services[name].stop())));
      });
    }
    const backends = serviceNames.filter((name) => name !== "gateway");
    await Promise.all(backends.map((name) => step(name, () => services[name].start())));
    await step("gateway", () => services.gateway.start());

    return {
      origin: at.origin,
      services,
      postgres,
      redis,
      databaseUrl,
      redisUrl,
      get autoRestart() {
        return state.autoRestart;
      },
      set autoRestart(isOn) {
        state.autoRestart = isOn;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function migrate(
  databaseUrl: string,
  { appPassword, platformPassword }: { appPassword: string; platformPassword: string },
): Promise<void> {
  try {
    await migrateToLatest(databaseUrl, { appPassword, platformPassword });
  } catch (error) {
    throw new SetupProblem(`the schema could not be brought up to date: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
