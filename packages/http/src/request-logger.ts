import type { FastifyBaseLogger } from "fastify";
import type { Level, LogFn } from "pino";
import type { Logger } from "./logger.ts";

const levels = ["fatal", "error", "warn", "info", "debug", "trace"] as const satisfies readonly Level[];

/**
 * A request's own logger, which says whose request it is with each line. Making a child of pino costs as much as a line,
 * and most requests say nothing of their own: it is made when it is first needed.
 */
export class RequestLogger implements FastifyBaseLogger {
  declare readonly fatal: LogFn;
  declare readonly error: LogFn;
  declare readonly warn: LogFn;
  declare readonly info: LogFn;
  declare readonly debug: LogFn;
  declare readonly trace: LogFn;
  /** What each of its lines has. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly #parent: Logger;
  #own: Logger | undefined;

  static {
    for (const level of levels) {
      Object.defineProperty(RequestLogger.prototype, level, {
        value(this: RequestLogger, ...line: Parameters<LogFn>) {
          if (this.#parent.isLevelEnabled(level)) this.#made()[level](...line);
        },
      });
    }
  }

  constructor(parent: Logger, fields: Readonly<Record<string, unknown>>) {
    this.#parent = parent;
    this.fields = fields;
  }

  get level(): string {
    return this.#parent.level;
  }

  silent(): void {
    // A level of pino's at which nothing is said.
  }

  child(fields: Record<string, unknown>): RequestLogger {
    return new RequestLogger(this.#parent, { ...this.fields, ...fields });
  }

  #made(): Logger {
    return (this.#own ??= this.#parent.child(this.fields));
  }
}
