import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import fp from "fastify-plugin";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import { Problem, problemContentType, unavailable } from "../problem.ts";

const databaseRetrySeconds = 2;

/** Turns whatever a handler throws into problem+json: what the caller did wrong is explained, what we did is logged. */
export const errors = fp(async (app: FastifyInstance) => {
  app.setErrorHandler((error, request, reply) => {
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
const known: Record<string, [status: number, code: string, detail: string]> = {
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
  // 08 connection, 53 resources, 57P operator intervention: Postgres is away, not the request wrong.
  if (/^(08|53|57P)/.test(code)) {
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

const networkCodes = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "ENOTFOUND", "EAI_AGAIN"]);

function toProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  const error = thrown as FastifyError;
  if (hasZodFastifySchemaValidationErrors(error)) {
    return new Problem(422, "validation_failed", "The request is not as it should be.", {
      errors: error.validation.map((issue) => ({
        path: `${error.validationContext ?? "body"}${issue.instancePath.replaceAll("/", ".")}`,
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
  return new Problem(500, "internal_error", "Something went wrong on our side.");
}

/** pg and ioredis tell of a lost connection in words alone. */
function isLostConnection(error: Error): boolean {
  return /^(Connection terminated|timeout exceeded when trying to connect|Connection is closed|Client has encountered a connection error)/i.test(
    error.message ?? "",
  );
}
