import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { migrateToLatest, roleUrl } from "@condo/schema/migrate";
import {
  type EngineProcess,
  freePort,
  type PostgresEngine,
  type RedisEngine,
  startPostgres,
  startRedis,
} from "@condo/engines";
import { type Addresses, plans, type ServiceName, serviceNames } from "./fleet-services.ts";
import { checkPostgres, checkRedis } from "./given-engines.ts";
import { demandFreePort } from "./port-holder.ts";
import { SetupProblem } from "./problem.ts";
import { markOf } from "./processes.ts";
import { createRestartBudget, type RestartBudget } from "./restart-budget.ts";
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
  /** What died is started again and died too often: the fleet is of no more use. */
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
  const { dir, onLine: tell = () => undefined } = options;
  mkdirSync(dir, { recursive: true });
  const runFile = await claimRunFile(dir);
  const closers: (() => Promise<void>)[] = [async () => runFile.remove()];
  const state = { isClosing: false, autoRestart: true };

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

  async function stopped(name: string, stop: () => Promise<void>): Promise<void> {
    const start = performance.now();
    await stop();
    tell(`stopped ${name.padEnd(18)} ${Math.round(performance.now() - start)} ms`);
  }

  /** Starts what died again, each time later, until that is of no use. */
  async function revive(
    name: string,
    reason: string,
    budget: RestartBudget,
    start: () => Promise<void>,
  ): Promise<void> {
    let why = reason;
    while (!state.isClosing && state.autoRestart) {
      const waitMs = budget();
      if (waitMs === undefined) {
        options.onGiveUp?.(`${name} died too often to start it again: ${why}`);
        return;
      }
      tell(`${name} died (${why}): starting it again`);
      await delay(waitMs);
      if (state.isClosing || !state.autoRestart) return;
      try {
        await start();
        tell(`${name} is back`);
        return;
      } catch (error) {
        why = (error as Error).message;
      }
    }
  }

  async function embed<T extends EngineProcess>(
    name: string,
    start: (onExit: (code: number | null, signal: NodeJS.Signals | null) => void) => Promise<T>,
  ): Promise<T> {
    const budget = createRestartBudget();
    const engine: T = await step(name, () =>
      start((code, signal) => {
        const reason = signal ?? `exit code ${code}`;
        // Whoever restarted it meanwhile, a test, has been quicker.
        const restart = async (): Promise<void> => (engine.pid === undefined ? engine.restart() : undefined);
        void revive(name, reason, budget, restart);
      }),
    );
    closers.push(() => stopped(name, () => engine.stop()));
    return engine;
  }

  async function givenPostgres(url: string): Promise<string> {
    await step("Postgres (DATABASE_URL)", () => checkPostgres("DATABASE_URL", url));
    return url;
  }

  async function givenRedis(url: string): Promise<string> {
    const weakness = await step("Redis (REDIS_URL)", () => checkRedis("REDIS_URL", url));
    if (weakness) tell(weakness);
    return url;
  }

  try {
    const firstPort = options.port === 0 ? await freePort(serviceNames.length) : options.port;
    const portOf = (name: ServiceName): number => firstPort + serviceNames.indexOf(name);
    for (const name of serviceNames) await demandFreePort(portOf(name), name);
    const secrets = keptSecrets(dir);

    const postgres = options.databaseUrl
      ? undefined
      : await embed("Postgres", (onExit) =>
          startPostgres({ dir: join(dir, "postgres"), settings: options.postgresSettings ?? {}, onExit }),
        );
    const redis = options.redisUrl
      ? undefined
      : await embed("Redis", (onExit) => startRedis({ dir: join(dir, "redis"), onExit }));
    const databaseUrl = postgres?.url ?? (await givenPostgres(options.databaseUrl ?? ""));
    const redisUrl = redis?.url ?? (await givenRedis(options.redisUrl ?? ""));

    await step("schema", () => migrate(databaseUrl, secrets));
    const at: Addresses = {
      port: portOf,
      origin: `http://localhost:${portOf("gateway")}`,
      appDatabaseUrl: roleUrl(databaseUrl, "condo_app", secrets.appPassword),
      platformDatabaseUrl: roleUrl(databaseUrl, "condo_platform", secrets.platformPassword),
      redisUrl,
      masterKey: secrets.masterKey,
    };
    const services = Object.fromEntries(serviceNames.map((name) => [name, makeService(name, at)])) as Record<
      ServiceName,
      Service
    >;

    function makeService(name: ServiceName, at: Addresses): Service {
      const log = openServiceLog(dir, name, tell, options.isVerbose ?? false);
      const budget = createRestartBudget();
      const { script, readyPath, env } = plans[name];
      const service: Service = createService({
        name,
        script,
        ...(readyPath !== undefined && { readyPath }),
        port: at.port(name),
        env: { NODE_ENV: "development", LOG_LEVEL: "info", ...options.env, ...env(at) },
        log,
        onChange: record,
        onDeath: (reason) => void revive(name, reason, budget, () => service.start()),
      });
      return service;
    }

    function record(): void {
      if (state.isClosing) return;
      const running = Object.values(services).map(({ name, url, pid }) => [
        name,
        { url, process: pid === undefined ? undefined : markOf(pid) },
      ]);
      runFile.write({ origin: at.origin, services: Object.fromEntries(running) });
    }

    for (const names of closingOrder.toReversed()) {
      closers.push(async () => {
        await Promise.all(names.map((name) => stopped(name, () => services[name].stop())));
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
