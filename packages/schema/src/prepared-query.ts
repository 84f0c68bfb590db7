import pg from "pg";

/** The parts of a `pg` connection that a query writes to. */
export interface Wire {
  parse(message: { name: string; text: string }): void;
  bind(message: { portal: string; statement: string; values: readonly string[] }): void;
  execute(message: { portal: string }): void;
  close(message: { type: "S"; name: string }): void;
  describe(message: object): void;
}

interface Statement {
  /** Empty until it is used a second time. */
  name: string;
  /** False when an error leaves open whether the server has it, and has it as it should be. */
  isPrepared: boolean;
  /** When the server got it, by `performance.now()`. */
  preparedAt: number;
  shape: Shape;
}

/** Of one preparation: Postgres refuses to run what would answer with other columns than when it was prepared. */
interface Shape {
  /** Not known before it was answered once. */
  columns?: Columns;
}

/** What `pg` knows of a result's rows before the first one. */
interface Columns {
  fields: readonly object[];
  _parsers: unknown;
  _prebuiltEmptyResultObject: object;
}

const mostStatements = 100;

/**
 * The statements that a connection has under a name: those that came twice, the ones used last. A text that holds a list of
 * values differs with its length, and may never come again.
 */
export class PreparedStatements {
  /**
   * Whether the process at the other end is known to be the one that the connection was opened with. Behind a pooler in
   * transaction mode it is not the same from one transaction to the next, and no statement may be given a name.
   */
  isDirect = false;
  /** How long one is used before it is prepared anew, in milliseconds. */
  forMs = Infinity;
  #count = 0;
  #undescribed: Wire | undefined;
  /** By their text, the one that was used longest ago first. */
  readonly #known = new Map<string, Statement>();

  /** Sends what is to be sent before the statement is bound, which is then to be done at once. */
  use(connection: Wire, text: string): Statement {
    const statement = this.#find(connection, text);
    if (!statement.isPrepared) {
      connection.parse({ name: statement.name, text });
      statement.preparedAt = performance.now();
      statement.shape = {};
    }
    statement.isPrepared = statement.name !== "";
    return statement;
  }

  /** The connection, for a statement whose columns are known: Postgres is not asked for them again. */
  undescribed(connection: Wire): Wire {
    this.#undescribed ??= Object.assign(Object.create(connection) as Wire, { describe: () => undefined });
    return this.#undescribed;
  }

  #find(connection: Wire, text: string): Statement {
    const anew = { name: "", isPrepared: false, preparedAt: 0, shape: {} };
    if (!this.isDirect) return anew;
    const known = this.#known.get(text);
    // In the order of their use, once there is a choice to make.
    if (this.#known.size > mostStatements / 2) this.#known.delete(text);
    if (known && performance.now() - known.preparedAt > this.forMs) known.isPrepared = false;
    const statement = known ?? anew;
    this.#known.set(text, statement);
    if (!known) this.#forgetOldest(connection);
    else if (known.name === "") known.name = `condo_${this.#count++}`;
    else if (!known.isPrepared) connection.close({ type: "S", name: known.name });
    return statement;
  }

  #forgetOldest(connection: Wire): void {
    const [oldest] = this.#known;
    if (!oldest || this.#known.size <= mostStatements) return;
    const [text, { name }] = oldest;
    this.#known.delete(text);
    if (name !== "") connection.close({ type: "S", name });
  }
}

/** What `pg` calls on a query, beside what its types tell of. */
declare class PgQuery extends pg.Query {
  callback: (error: Error | undefined, result: pg.QueryResult) => void;
  text: string;
  name: string;
  _result: Columns;
  _accumulateRows: boolean;
  prepare(connection: Wire): void;
  handleDataRow(message: object): void;
  handleCommandComplete(message: object, connection: Wire): void;
}

const Query = pg.Query as typeof PgQuery;

/** A statement with values, which is parsed and planned once when it comes again and again. */
export class PreparedQuery extends Query {
  readonly #statements: PreparedStatements;
  readonly #used: Statement[] = [];
  #shape: Shape = {};

  constructor(
    statements: PreparedStatements,
    text: string,
    values: readonly unknown[],
    done: PgQuery["callback"],
  ) {
    // Not as an object: `pg` would copy that by its property descriptors.
    super(text, [...values]);
    this.#statements = statements;
    this.callback = (error, result) => {
      if (error) for (const statement of this.#used) statement.isPrepared = false;
      done(error, result);
    };
  }

  /** Sends a statement, if the server has not got it. */
  protected parsed(connection: Wire, text: string): Statement {
    const statement = this.#statements.use(connection, text);
    this.#used.push(statement);
    return statement;
  }

  override prepare(connection: Wire): void {
    const { name, shape } = this.parsed(connection, this.text);
    this.name = name;
    this.#shape = shape;
    if (shape.columns) {
      Object.assign(this._result, shape.columns);
      this._accumulateRows = true;
    }
    super.prepare(shape.columns ? this.#statements.undescribed(connection) : connection);
    // Or `pg` keeps a list of names too.
    this.name = "";
  }

  override handleCommandComplete(message: object, connection: Wire): void {
    const { fields, _parsers, _prebuiltEmptyResultObject } = this._result;
    this.#shape.columns ??= { fields, _parsers, _prebuiltEmptyResultObject };
    super.handleCommandComplete(message, connection);
  }

  /** Extended, though there may be no values: a simple query would be a transaction of its own. */
  requiresPreparation(): boolean {
    return true;
  }

  /** As far as `pg` has to do with it. */
  hasBeenParsed(): boolean {
    return true;
  }
}
