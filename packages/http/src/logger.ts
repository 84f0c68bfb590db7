import { pino, stdSerializers, type Logger, type LoggerOptions } from "pino";
import { GatheringDestination } from "./gathering-destination.ts";

/** Fields that may hold a secret, at the top of a log line or up to two levels down. */
const secretFields = [
  "password",
  "admin_password",
  "current_password",
  "new_password",
  "access_token",
  "refresh_token",
  "token",
  "secret",
  "secrets",
  "signature",
  "authorization",
  "cookie",
];

const redactedPaths = secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);

export function loggerOptions(service: string, level: string): LoggerOptions {
  return {
    level,
    base: { service },
    timestamp,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: redactedPaths, censor: "[redacted]" },
    serializers: { err: serializeError },
  };
}

let [toldAt, told] = [NaN, ""];

/** Many lines are of one millisecond, and writing it out costs more than what else is in a line. */
function timestamp(): string {
  const now = Date.now();
  if (now !== toldAt) [toldAt, told] = [now, `,"time":"${new Date(now).toISOString()}"`];
  return told;
}

/**
 * Takes of an error what helps, and leaves what may quote a row: the `detail` and `where` of Postgres. The messages of
 * its causes are in its own.
 */
function serializeError(thrown: unknown): unknown {
  if (!(thrown instanceof Error)) return { type: typeof thrown, message: String(thrown) };
  const { type, message, stack } = stdSerializers.err(thrown);
  const code = codeOf(thrown) ?? codeOf(thrown.cause);
  return { type, message, stack, ...(code === undefined ? {} : { code }) };
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

/** JSON lines in production; for people when the output is a terminal. */
export function createLogger(service: string, level: string): Logger {
  const options = loggerOptions(service, level);
  return process.stdout.isTTY
    ? pino({
        ...options,
        formatters: {},
        transport: { target: "pino-pretty", options: { ignore: "service" } },
      })
    : pino(options, new GatheringDestination(process.stdout.fd));
}

export type { Logger };
