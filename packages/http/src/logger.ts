import { destination, pino, stdSerializers, type Logger, type LoggerOptions } from "pino";

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
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: redactedPaths, censor: "[redacted]" },
    serializers: { err: serializeError },
  };
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

/**
 * JSON lines in production; for people when the output is a terminal. While a write is under way, further lines are
 * gathered for the next: what a process that is killed had not written yet is lost, a few milliseconds of lines.
 */
export function createLogger(service: string, level: string): Logger {
  const options = loggerOptions(service, level);
  return process.stdout.isTTY
    ? pino({
        ...options,
        formatters: {},
        transport: { target: "pino-pretty", options: { ignore: "service" } },
      })
    : pino(options, destination({ dest: process.stdout.fd, sync: false }));
}

export type { Logger };
