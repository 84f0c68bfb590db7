import { randomUUID } from "node:crypto";
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { TenantBusy } from "@condo/schema";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import fp from "fastify-plugin";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import { discardRest } from "./linger.ts";
import { Problem, problemContentType, unavailable } from "../problem.ts";

const databaseRetrySeconds = 2;

/** Turns whatever a handler throws into problem+json: what the caller did wrong is explained, what we did is logged. */
export const errors = fp(async (app: FastifyInstance) => {
  app.setErrorHandler(async (error, request, reply) => {
    const problem = toProblem(error);
    if (problem.status >= 500) request.log.error({ err: error, code: problem.code }, "request failed");
    return answer(problem, request, reply);
  });

  app.setNotFoundHandler((request, reply) =>
    answer(
      new Problem(404, "route_not_found", `There is nothing at ${request.method} ${pathOf(request)}.`),
      request,
      reply,
    ),
  );
});

/** For what fails before there is a route, and so before any hook runs: a URL that can't be decoded. */
export function answerFrameworkError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  discardRest(request, reply, false, () => {
    void answer(toProblem(error), request, reply.header("x-request-id", request.id));
  });
}

/** For what is no HTTP request at all: the answer is written to the socket, which is then closed. */
export function answerUnreadableRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || socket.destroyed) return;
  const requestId = randomUUID();
  const problem = new Problem(...(unreadable[error.code ?? ""] ?? notHttp));
  const body = JSON.stringify(problem.toBody(requestId));
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    `Content-Type: ${problemContentType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-ID: ${requestId}`,
    "Connection: close",
  ];
  if (socket.writable) socket.write(`${head.join("\r\n")}\r\n\r\n${body}`);
  socket.destroySoon();
}

type ProblemParts = [status: number, code: string, detail: string];

const notHttp: ProblemParts = [400, "malformed_request", "The request can't be read."];
const unreadable: Record<string, ProblemParts> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, "request_timeout", "The request did not arrive in time."],
  HPE_HEADER_OVERFLOW: [431, "headers_too_large", "The request's headers are too large."],
};

function answer(problem: Problem, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply
    .status(problem.status)
    .headers(problem.headers)
    .type(problemContentType)
    .serializer((body) => JSON.stringify(body))
    .send(problem.toBody(request.id));
}

function pathOf(request: FastifyRequest): string {
  return request.url.split("?", 1)[0] ?? "";
}

/** Codes of Fastify and its plugins that say what the caller did wrong, in our words. */
const known: Record<string, ProblemParts> = {
  FST_ERR_CTP_INVALID_JSON_BODY: [400, "malformed_body", "The body is not valid JSON."],
  FST_ERR_CTP_EMPTY_JSON_BODY: [400, "malformed_body", "The body is empty, but its content type says JSON."],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [
    400,
    "malformed_body",
    "The body is not as long as Content-Length says.",
  ],
  FST_ERR_CTP_BODY_TOO_LARGE: [413, "body_too_large", "The body is larger than this endpoint takes."],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [415, "unsupported_media_type", "This endpoint takes application/json."],
  FST_ERR_BAD_URL: [400, "malformed_url", "The URL can't be decoded."],
  FST_ERR_MAX_PARAM_LENGTH: [414, "malformed_url", "A part of the URL is too long."],
  FST_ERR_ASYNC_CONSTRAINT: [400, "malformed_request", "The request can't be routed."],
};

/** SQLSTATE classes and codes (Postgres manual, appendix A) that mean more than a bug of ours. */
function ofPostgres(code: string): Problem | undefined {
  // 08 connection, 53 resources, 57 operator intervention and time-outs, 25006 a standby, 40 a deadlock: Postgres is
  // away or in the way, not the request wrong.
  if (/^(08|53|57|40)...$|^25006$/.test(code)) {
    return unavailable(
      "database_unavailable",
      "The database is away. Try again shortly.",
      databaseRetrySeconds,
    );
  }
  // Text that Postgres can't hold: a NUL, a lone surrogate.
  if (code === "22021" || code === "22P05") {
    return new Problem(422, "invalid_characters", "The request has characters that can't be stored.");
  }
  return undefined;
}

const networkCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
]);

function toProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  if (!(thrown instanceof Error)) return internal();
  if (thrown instanceof TenantBusy) {
    return unavailable(
      "tenant_busy",
      "What the tenant asked for before takes all that it may have at once. Try again shortly.",
      databaseRetrySeconds,
    );
  }
  const error = thrown as FastifyError;
  if (hasZodFastifySchemaValidationErrors(error)) {
    return new Problem(422, "validation_failed", "The request is not as it should be.", {
      errors: error.validation.map((issue) => ({
        path: `${error.validationContext ?? "body"}${issue.instancePath.replace(/\/$/, "").replaceAll("/", ".")}`,
        message: issue.message ?? "is not valid",
      })),
    });
  }
  const code = typeof error.code === "string" ? error.code : "";
  const own = known[code];
  if (own) return new Problem(...own);
  const postgres = ofPostgres(code);
  if (postgres) return postgres;
  if (networkCodes.has(code) || isLostConnection(error)) {
    return unavailable(
      "dependency_unavailable",
      "Something this needs is away. Try again shortly.",
      databaseRetrySeconds,
    );
  }
  const status = error.statusCode ?? 500;
  if (status === 400 && error instanceof SyntaxError) {
    return new Problem(400, "malformed_body", "The body is not valid JSON.");
  }
  if (status >= 400 && status < 500)
    return new Problem(status, "malformed_request", "The request can't be read.");
  return internal();
}

function internal(): Problem {
  return new Problem(500, "internal_error", "Something went wrong on our side.");
}

/** How pg and ioredis tell of a lost connection, and Redis that it can't serve now: in words alone. */
const lostConnection = [
  /^Connection terminated/,
  /^timeout exceeded when trying to connect/,
  /^Client has encountered a connection error/,
  /^Query read timeout/,
  /^Connection is closed/,
  /^Stream isn't writeable/,
  /^Command timed out/,
  /^Reached the max retries per request limit/,
  /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY|OOM|MISCONF) /,
];

function isLostConnection(error: Error): boolean {
  return lostConnection.some((words) => words.test(error.message));
}
