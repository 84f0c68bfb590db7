import { CompiledQuery, Kysely, PostgresDialect, PostgresDriver } from "kysely";
import type { DatabaseConnection, Driver, PostgresDialectConfig, TransactionSettings } from "kysely";
import pg from "pg";
import type { Database } from "./database.ts";

export interface ConnectOptions {
  /** Connections at most. */
  poolSize?: number;
  /** Shows in pg_stat_activity. */
  applicationName?: string;
  /** Called when an idle connection breaks; the pool replaces it by itself. */
  onError?: (error: Error) => void;
}

export type Db = Kysely<Database>;

const connectTimeoutMs = 5_000;
/** Past the roles' own statement timeout: a connection whose other end is gone without a word is given up. */
const queryTimeoutMs = 35_000;

/**
 * Opens a pool on Postgres, typed by the schema. Connections are made when they are first needed, so that a service
 * starts while Postgres is away. `destroy()` closes it.
 *
 * @param url of a service role: `condo_app` or `condo_platform`
 */
export function connect(url: string, options: ConnectOptions = {}): Db {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.poolSize ?? 10,
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: queryTimeoutMs,
    application_name: options.applicationName ?? "condo",
    pipeline: true,
    keepAlive: true,
    Client: GatheringClient,
  });
  pool.on("error", (error) => options.onError?.(error));
  // The pool listens to idle connections alone. One that breaks between two statements of a transaction would end the
  // process, though the transaction's next statement tells of it.
  pool.on("connect", (client) => client.on("error", () => undefined));
  const db: Db = new Kysely<Database>({ dialect: new PipelinedDialect({ pool }) });
  pools.set(db, pool);
  return db;
}

const pools = new WeakMap<Db, pg.Pool>();

/** The pool that {@link connect} opened. */
export function poolOf(db: Db): pg.Pool {
  const pool = pools.get(db);
  if (!pool) throw new TypeError("Only what `connect` opened has a pool");
  return pool;
}

/** Of a pool's connections, how many work and how many are idle; and how many callers wait for one. */
export function poolUse(db: Db): { active: number; idle: number; waiting: number } {
  const { totalCount = 0, idleCount = 0, waitingCount = 0 } = pools.get(db) ?? {};
  return { active: totalCount - idleCount, idle: idleCount, waiting: waitingCount };
}

/**
 * Writes what is asked in one turn of the event loop at once: BEGIN, the tenant and the first statements of a transaction
 * are one call to the system, and wake Postgres once.
 */
class GatheringClient extends pg.Client {
  #isGathering = false;

  // Of the many forms of `query`, none is told apart here.
  // oxlint-disable-next-line typescript/no-explicit-any
  override query(config: any, values?: any, callback?: any): any {
    if (!this.#isGathering) {
      this.#isGathering = true;
      const { stream } = this.connection;
      stream.cork();
      process.nextTick(() => {
        this.#isGathering = false;
        stream.uncork();
      });
    }
    return super.query(config, values, callback);
  }
}

class PipelinedDialect extends PostgresDialect {
  readonly #config: PostgresDialectConfig;

  constructor(config: PostgresDialectConfig) {
    super(config);
    this.#config = config;
  }

  override createDriver(): Driver {
    return new PipelinedDriver(this.#config);
  }
}

/**
 * Sends BEGIN together with the transaction's first statement, in one round trip. A BEGIN fails only with its
 * connection, and then every later statement of the transaction fails too, so its own outcome need not be awaited.
 */
class PipelinedDriver extends PostgresDriver {
  override async beginTransaction(
    connection: DatabaseConnection,
    settings: TransactionSettings,
  ): Promise<void> {
    const isolation = settings.isolationLevel ? ` isolation level ${settings.isolationLevel}` : "";
    const access = settings.accessMode ? ` ${settings.accessMode}` : "";
    connection.executeQuery(CompiledQuery.raw(`begin${isolation}${access}`)).catch(() => undefined);
  }
}
