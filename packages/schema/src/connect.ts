import { CompiledQuery, Kysely, PostgresDialect, PostgresDriver } from "kysely";
import type { DatabaseConnection, Driver, PostgresDialectConfig, TransactionSettings } from "kysely";
import pg from "pg";
import { takeCommit } from "./commit-with.ts";
import type { Database } from "./database.ts";
import { JoiningSocket } from "./joining-socket.ts";
import { PreparedQuery, PreparedStatements } from "./prepared-query.ts";
import { createTenantShare, type TenantShare } from "./tenant-share.ts";

export interface ConnectOptions {
  /** Connections at most. */
  poolSize?: number;
  /** Shows in pg_stat_activity. */
  applicationName?: string;
  /**
   * For whoever fills tables, by a few statements that come again and again: each is planned once for whatever values it
   * comes with, and anew after so many milliseconds. By default Postgres weighs that, and a plan is kept for as long as the
   * table it was made for looks the same to it, which is a minute behind at most.
   */
  plansForMs?: number;
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
    stream: () => new JoiningSocket(),
  });
  pool.on("error", (error) => options.onError?.(error));
  // The pool listens to idle connections alone. One that breaks between two statements of a transaction would end the
  // process, though the transaction's next statement tells of it.
  pool.on("connect", (client) => {
    client.on("error", () => undefined);
    (client as unknown as GatheringClient).meetServer(options.plansForMs);
  });
  const db: Db = new Kysely<Database>({ dialect: new PipelinedDialect({ pool }) });
  pools.set(db, pool);
  shares.set(db, createTenantShare(Math.ceil(pool.options.max / 2), connectTimeoutMs));
  return db;
}

const pools = new WeakMap<Db, pg.Pool>();
const shares = new WeakMap<Db, TenantShare>();

/** The pool that {@link connect} opened. */
export function poolOf(db: Db): pg.Pool {
  const pool = pools.get(db);
  if (!pool) throw new TypeError("Only what `connect` opened has a pool");
  return pool;
}

/** How many of the pool's connections a tenant may read by: half of them. */
export function tenantShareOf(db: Db): TenantShare {
  const share = shares.get(db);
  if (!share) throw new TypeError("Only what `connect` opened has shares");
  return share;
}

/** Of a pool's connections, how many work and how many are idle; and how many callers wait for one. */
export function poolUse(db: Db): { active: number; idle: number; waiting: number } {
  const { totalCount = 0, idleCount = 0, waitingCount = 0 } = pools.get(db) ?? {};
  return { active: totalCount - idleCount, idle: idleCount, waiting: waitingCount };
}

/** What a connection of a pool that {@link connect} opened has under a name. */
export function statementsOf(client: pg.ClientBase): PreparedStatements {
  return (client as GatheringClient).statements;
}

/**
 * All columns of a table, but not `count(*)`, a product, or a star in braces. When the table gets another, Postgres refuses
 * what it had prepared, and with it the whole transaction.
 */
const allColumns = /(?<![({])\*(?! (?:interval|\d|\$))/;

/** Several statements in one text have no values, and can't be prepared. */
function isToPrepare(text: string, values: readonly unknown[]): boolean {
  return (values.length > 0 || /^select [^;]+$/.test(text)) && !allColumns.test(text);
}

/**
 * Writes what is asked in one turn of the event loop at once: BEGIN, the tenant and the first statements of a transaction
 * are one call to the system, and wake Postgres once. Statements that come again are prepared.
 */
class GatheringClient extends pg.Client {
  readonly statements = new PreparedStatements();
  #isGathering = false;

  /** Asks whether it is Postgres itself that answers. A pooler has process numbers of its own. */
  meetServer(plansForMs: number | undefined): void {
    const { processID } = this as { processID?: number };
    const isDirect = `pg_backend_pid() = ${Number(processID)}`;
    const setting = `case when ${isDirect} then set_config('plan_cache_mode', 'force_generic_plan', false) end`;
    if (plansForMs !== undefined) this.statements.forMs = plansForMs;
    const asked = plansForMs === undefined ? "" : `, ${setting}`;
    super.query<{ is_direct: boolean }>(`select ${isDirect} as is_direct${asked}`).then(
      ({ rows }) => (this.statements.isDirect = rows[0]?.is_direct === true),
      // Whoever asks next is told.
      () => undefined,
    );
  }

  // Of the many forms of `query`, kysely's alone is told apart here.
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
    if (callback || typeof config !== "string" || !Array.isArray(values) || !isToPrepare(config, values)) {
      return super.query(config, values, callback);
    }
    return new Promise((resolve, reject) => {
      const done = (error: Error | undefined, result: pg.QueryResult): void =>
        error ? reject(error) : resolve(result);
      super.query(new PreparedQuery(this.statements, config, values, done));
    });
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

  override async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await (takeCommit(connection) ?? super.commitTransaction(connection));
  }

  /** What was asked for together with COMMIT, and failed, Postgres has rolled back by itself. */
  override async rollbackTransaction(
    connection: Parameters<PostgresDriver["rollbackTransaction"]>[0],
  ): Promise<void> {
    await (takeCommit(connection)?.catch(() => undefined) ?? super.rollbackTransaction(connection));
  }
}
