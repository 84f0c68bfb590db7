import pg from "pg";

/** What is known of a connection, and has been prepared on it. */
interface Session {
  /**
   * Whether the process at the other end is Postgres's own, by its number. Behind a pooler in transaction mode it is not
   * the same from one transaction to the next, and no statement may be given a name. Undefined until the first answer.
   */
  isDirect?: boolean;
  statements: Map<string, Statement>;
}

interface Statement {
  name: string;
  /** False when an error leaves open whether the server has it, and has it as it should be. */
  isPrepared: boolean;
}

/** The parts of a `pg` connection that a query writes to. */
interface Wire {
  stream: { cork(): void; uncork(): void };
  parse(message: { name: string; text: string }): void;
  bind(message: { portal: string; statement: string; values: readonly string[] }): void;
  execute(message: { portal: string }): void;
  close(message: { type: "S"; name: string }): void;
}

type DataRow = { fields: readonly (string | null)[] };

/** What `pg` calls on a query, beside what its types tell of. */
declare class PgQuery extends pg.Query {
  callback: (error: Error | undefined, result: pg.QueryResult) => void;
  text: string;
  name: string;
  prepare(connection: Wire): void;
  handleDataRow(message: DataRow): void;
  handleCommandComplete(message: object, connection: Wire): void;
}

const Query = pg.Query as typeof PgQuery;
const mostStatements = 100;
const scopeName = "condo_scope";
const scopeText =
  "select set_config('condo.tenant_id', $1, true), set_config('transaction_read_only', 'on', true), pg_backend_pid()";
/** What Postgres answers about a statement that it has not, or has from before a table changed. */
const stale = new Set(["26000", "0A000"]);

const sessions = new WeakMap<pg.ClientBase, Session>();

/**
 * Reads rows of one tenant: the tenant, and that nothing is written, are set in the same implicit transaction as the
 * statement runs in, all between two syncs. One round trip, without BEGIN and COMMIT.
 */
export async function queryScoped(
  client: pg.ClientBase,
  tenantId: string,
  text: string,
  values: readonly unknown[],
): Promise<pg.QueryResult> {
  const session = sessions.get(client) ?? { statements: new Map<string, Statement>() };
  sessions.set(client, session);
  const isNamed = session.isDirect === true;
  const run = (): Promise<pg.QueryResult> =>
    new Promise((resolve, reject) => {
      const query = new ScopedQuery({ text, values: [...values] });
      query.begin(client, session, tenantId, (error, result) => (error ? reject(error) : resolve(result)));
      client.query(query);
    });
  try {
    return await run();
  } catch (error) {
    // Nothing was read yet: the statement failed before its first row. It is prepared anew.
    if (!isNamed || !stale.has(String((error as { code?: unknown }).code))) throw error;
    return run();
  }
}

class ScopedQuery extends Query {
  #client!: pg.ClientBase;
  #session!: Session;
  #tenantId!: string;
  #used: Statement[] = [];
  #isScoped = false;

  begin(client: pg.ClientBase, session: Session, tenantId: string, done: PgQuery["callback"]): void {
    this.#client = client;
    this.#session = session;
    this.#tenantId = tenantId;
    this.callback = (error, result) => {
      if (error) for (const statement of this.#used) statement.isPrepared = false;
      done(error, result);
    };
  }

  /** Extended, though there may be no values: a simple query would be a transaction of its own. */
  requiresPreparation(): boolean {
    return true;
  }

  override prepare(connection: Wire): void {
    const scope = this.#statement(connection, scopeName, scopeText);
    if (!scope.isPrepared) connection.parse({ name: scope.name, text: scopeText });
    connection.bind({ portal: "", statement: scope.name, values: [this.#tenantId] });
    connection.execute({ portal: "" });
    scope.isPrepared = true;
    const own = this.#statement(connection, `condo_${this.#session.statements.size}`, this.text);
    this.#isParsed = own.isPrepared;
    own.isPrepared = true;
    this.name = own.name;
    super.prepare(connection);
  }

  #isParsed = false;

  hasBeenParsed(): boolean {
    return this.#isParsed;
  }

  #statement(connection: Wire, name: string, text: string): Statement {
    const { isDirect, statements } = this.#session;
    const known = statements.get(text);
    if (known && !known.isPrepared) connection.close({ type: "S", name: known.name });
    const statement = known ?? { name, isPrepared: false };
    if (!known) {
      if (isDirect !== true || statements.size >= mostStatements) return { name: "", isPrepared: false };
      statements.set(text, statement);
    }
    this.#used.push(statement);
    return statement;
  }

  override handleDataRow(message: DataRow): void {
    if (this.#isScoped) super.handleDataRow(message);
    else
      this.#session.isDirect ??=
        message.fields[2] === String((this.#client as { processID?: number }).processID);
  }

  override handleCommandComplete(message: object, connection: Wire): void {
    if (this.#isScoped) super.handleCommandComplete(message, connection);
    else this.#isScoped = true;
  }
}
