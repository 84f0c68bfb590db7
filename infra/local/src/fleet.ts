import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type migrateToLatest, roleUrl } from "@condo/schema/migrate";
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
import { root } from "./paths.ts";
import { markOf } from "./processes.ts";
import { createReviver, type DeathListener } from "./revive.ts";
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
  /** Puts a pooler between the services and Postgres: is given the URLs of their roles, and answers those to use. */
  pooler?: (direct: RoleUrls) => Promise<RoleUrls>;
  /** Settings of the embedded Postgres: `{ fsync: "off" }`. */
  postgresSettings?: Record<string, string>;
  /** Another release's clone, whose migrations and services are run in place of this one's; the gateway is this one's. */
  code?: string | undefined;
  /** Where callers reach it, when something of theirs is in front; the gateway's origin by default. */
  publicUrl?: string | undefined;
  /** The entry file of another gateway than this machine's own, from the top of the clone. */
  gatewayScript?: string | undefined;
  /** Variables for every service, under those that the fleet sets itself. */
  env?: NodeJS.ProcessEnv;
  /** Processes of a service; 1 where nothing is said. The gateway knows the first of each. */
  copies?: Partial<Record<ServiceName, number>>;
  /** Takes each line that a person may want to see. */
  onLine?: (line: string) => void;
  /** A process or an engine ended that was not stopped: killed by a caller of ours, or by itself. */
  onDeath?: (name: string, reason: string) => void;
  /** Something died too often to be started again: the fleet is of no more use. */
  onGiveUp?: (reason: string) => void;
  /** Whether every line of the services' logs is passed to `onLine`, not warnings and errors alone. */
  isVerbose?: boolean;
}

export interface RoleUrls {
  appDatabaseUrl: string;
  platformDatabaseUrl: string;
}

export interface Fleet {
  /** Where callers reach the gateway. */
  readonly origin: string;
  readonly services: Readonly<Record<ServiceName, Service>>;
  /** Every process, copies included: `worker`, `worker-2` and so on. */
  readonly processes: readonly Service[];
  /** The embedded engines; undefined where another is used. */
  readonly postgres: PostgresEngine | undefined;
  readonly redis: RedisEngine | undefined;
  /** The database as its owner. */
  readonly databaseUrl: string;
  /** The database as the services have it: the APIs as `condo_app`, the worker as `condo_platform`. */
  readonly appDatabaseUrl: string;
  readonly platformDatabaseUrl: string;
  readonly redisUrl: string;
  /** CONDO_MASTER_KEY of the services. */
  readonly masterKey: string;
  /** Whether what dies is started again; on at first. */
  autoRestart: boolean;
  /** Stops the gateway, the APIs, the worker, the engines, in this order. */
  close(): Promise<void>;
}

interface Member {
  name: string;
  service: ServiceName;
}

/** The first of each service, then the others. */
function membersOf(copies: Partial<Record<ServiceName, number>>): Member[] {
  const others = serviceNames.flatMap((service) =>
    Array.from({ length: (copies[service] ?? 1) - 1 }, (_, index) => ({
      name: `${service}-${index + 2}`,
      service,
    })),
  );
  return [...serviceNames.map((service) => ({ name: service, service })), ...others];
}

const closingOrder: readonly (readonly ServiceName[])[] = [
  ["gateway"],
  ["identity-api", "tenant-api", "webhook-ingest"],
  ["worker"],
];

/** Starts engines, schema, services and gateway, each a process of its own, and resolves when all are ready. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const { dir, databaseUrl: givenDatabase, redisUrl: givenRedis, onLine: tell = () => undefined } = options;
  const { code = root } = options;
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

  function died(name: string, reason: string, revive: DeathListener): void {
    options.onDeath?.(name, reason);
    revive(reason);
  }

  async function embed<T extends EngineProcess>(
    name: string,
    start: (onExit: ExitListener) => Promise<T>,
  ): Promise<T> {
    // Whoever restarted it meanwhile, a test, has been quicker.
    const revive = reviverOf(name, async () => (engine.pid === undefined ? engine.restart() : undefined));
    const engine: T = await step(name, () =>
      start((code, signal) => died(name, signal ?? `exit code ${code}`, revive)),
    );
    closers.push(() => stopping(name, () => engine.stop()));
    return engine;
  }

  try {
    const members = membersOf(options.copies ?? {});
    const firstPort = options.port === 0 ? await freePort(members.length) : options.port;
    const portOf = (name: string): number => firstPort + members.findIndex((member) => member.name === name);
    for (const { name } of members) await demandFreePort(portOf(name), name);
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
    await step("schema", () => migrate(code, databaseUrl, secrets));

    const direct: RoleUrls = {
      appDatabaseUrl: roleUrl(databaseUrl, "condo_app", secrets.appPassword),
      platformDatabaseUrl: roleUrl(databaseUrl, "condo_platform", secrets.platformPassword),
    };
    const at: Addresses = {
      ...((await options.pooler?.(direct)) ?? direct),
      port: portOf,
      origin: `http://localhost:${portOf("gateway")}`,
      redisUrl,
      masterKey: secrets.masterKey,
      mailDir: join(dir, "mail"),
    };
    const made = members.map((member) => ({ service: member.service, process: createMember(member) }));
    const processes = made.map(({ process }) => process);
    const services = Object.fromEntries(processes.map((process) => [process.name, process])) as Record<
      ServiceName,
      Service
    >;

    function createMember({ name, service: kind }: Member): Service {
      const { env, ...plan } = plans[kind];
      const revive = reviverOf(name, () => service.start());
      const service: Service = createService({
        ...plan,
        code: kind === "gateway" ? root : code,
        script: (name === "gateway" ? options.gatewayScript : undefined) ?? plan.script,
        name,
        port: portOf(name),
        env: {
          NODE_ENV: "development",
          LOG_LEVEL: "info",
          // Halves the time that a service takes to load, and spares it the memory of the compiler.
          NODE_COMPILE_CACHE: join(dir, "compile-cache"),
          ...laptopLimits,
          ...options.env,
          ...env({ ...at, origin: options.publicUrl ?? at.origin }),
        },
        log: openServiceLog(dir, name, tell, options.isVerbose ?? false),
        onChange: record,
        onDeath: (reason) => died(name, reason, revive),
      });
      return service;
    }

    function record(): void {
      if (state.isClosing) return;
      const running = processes.map(({ name, url, pid }) => {
        return [name, { url, process: pid === undefined ? undefined : markOf(pid) }] as const;
      });
      const { origin, platformDatabaseUrl, redisUrl } = at;
      const dataDirs = [postgres, redis].flatMap((engine) => engine?.home ?? []);
      const services = Object.fromEntries(running);
      runFile.write({ origin, platformDatabaseUrl, redisUrl, dataDirs, services });
    }

    for (const names of closingOrder.toReversed()) {
      closers.push(async () => {
        const ending = made.filter(({ service }) => names.includes(service));
        await Promise.all(ending.map(({ process }) => stopping(process.name, () => process.stop())));
      });
    }
    const backends = made.filter(({ service }) => service !== "gateway");
    await Promise.all(backends.map(({ process }) => step(process.name, () => process.start())));
    await step("gateway", () => services.gateway.start());

    return {
      origin: at.origin,
      services,
      processes,
      postgres,
      redis,
      databaseUrl,
      appDatabaseUrl: at.appDatabaseUrl,
      platformDatabaseUrl: at.platformDatabaseUrl,
      redisUrl,
      masterKey: at.masterKey,
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
  code: string,
  databaseUrl: string,
  { appPassword, platformPassword }: { appPassword: string; platformPassword: string },
): Promise<void> {
  try {
    const { href } = pathToFileURL(join(code, "packages/schema/src/migrate.ts"));
    const release = (await import(href)) as { migrateToLatest: typeof migrateToLatest };
    await release.migrateToLatest(databaseUrl, { appPassword, platformPassword });
  } catch (error) {
    throw new SetupProblem(`the schema could not be brought up to date: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
