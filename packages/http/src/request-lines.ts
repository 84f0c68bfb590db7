import type { FastifyReply, FastifyRequest } from "fastify";
import { pino } from "pino";
import type { Logger } from "./logger.ts";
import { RequestLogger } from "./request-logger.ts";

const { asJsonSym, chindingsSym, lsCacheSym } = pino.symbols;

/** A request that was answered. */
interface Answered {
  request: FastifyRequest;
  reply: FastifyReply;
  route: string | undefined;
}

export interface RequestLines {
  isLevelEnabled(level: "info" | "debug"): boolean;
  info(answered: Answered): void;
  debug(answered: Answered): void;
}

/**
 * The log of requests alone. What is in their lines is known and holds no secret, so they are written out here: by pino,
 * which looks at each field, a line took a fifth of what the process does for a short answer.
 */
export function createRequestLines(logger: Logger): RequestLines {
  const lines = logger.child({});
  const ofLevel = Reflect.get(lines, lsCacheSym) as Record<number, string>;
  const ofLogger = String(Reflect.get(lines, chindingsSym));
  Object.defineProperty(lines, asJsonSym, {
    value: (answered: Answered, _message: unknown, level: number, time: string) =>
      `${ofLevel[level]}${time}${ofLogger}${fieldsOf(answered)},"msg":"request"}\n`,
  });
  return lines;
}

function fieldsOf({ request, reply, route }: Answered): string {
  const { log, method } = request;
  const whose = JSON.stringify(log instanceof RequestLogger ? log.fields : { request_id: request.id });
  const durationMs = Math.round(reply.elapsedTime * 100) / 100;
  return (
    `,${whose.slice(1, -1)},"method":"${method}","route":${JSON.stringify(route ?? null)},` +
    `"status":${reply.statusCode},"duration_ms":${durationMs},"address":${JSON.stringify(request.ip)}`
  );
}
