import { STATUS_CODES } from "node:http";
import { z } from "zod";

/** The body of every error answer: RFC 9457, with a stable `code` for programs. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string().optional(),
    instance: z.string().optional(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: "Problem", description: "An error (RFC 9457). Programs read `code`; people read `detail`." });

type ProblemBody = z.output<typeof problemSchema>;

/** An error that its caller may see. Anything else that is thrown is answered with a bare 500. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly errors: ProblemBody["errors"];

  constructor(
    status: number,
    code: string,
    detail: string,
    more: { headers?: Record<string, string>; errors?: ProblemBody["errors"]; cause?: unknown } = {},
  ) {
    const { stackTraceLimit } = Error;
    // Its code says what it is. Where it came from would be a part of what a flood of refusals costs.
    if (status < 500) Error.stackTraceLimit = 0;
    super(detail, { cause: more.cause });
    Error.stackTraceLimit = stackTraceLimit;
    this.status = status;
    this.code = code;
    this.headers = more.headers ?? {};
    this.errors = more.errors;
  }

  /** @param instance the id of the request that met the problem */
  toBody(instance: string): ProblemBody {
    return {
      type: `urn:condo:problem:${this.code}`,
      title: STATUS_CODES[this.status] ?? "Error",
      status: this.status,
      code: this.code,
      ...(this.message ? { detail: this.message } : {}),
      instance: `urn:condo:request:${instance}`,
      ...(this.errors ? { errors: this.errors } : {}),
    };
  }
}

export const problemContentType = "application/problem+json; charset=utf-8";

/** The problems that any service may answer. A service declares its own in its `errors.ts`. */
export const unauthenticated = (code: string, detail: string) =>
  new Problem(401, code, detail, { headers: { "www-authenticate": "Bearer" } });
export const sessionEnded = () => unauthenticated("session_ended", "The session has ended. Log in again.");
export const permissionDenied = (permission: string) =>
  new Problem(403, "permission_denied", `This needs the permission ${permission}.`);
export const userRequired = () =>
  new Problem(
    403,
    "user_required",
    "This is for people who are logged in; an API key or a service can't do it.",
  );
export const tenantMismatch = () =>
  new Problem(
    403,
    "tenant_mismatch",
    "The request names another tenant than the one it is authenticated for.",
  );
export const notFound = (what: string) => new Problem(404, "not_found", `There is no such ${what}.`);
export const unavailable = (code: string, detail: string, retryAfterSeconds: number, cause?: unknown) =>
  new Problem(503, code, detail, { headers: { "retry-after": String(retryAfterSeconds) }, cause });
export const invalid = (path: string, message: string) =>
  new Problem(422, "validation_failed", "The request is not as it should be.", {
    errors: [{ path, message }],
  });
export const rateLimited = (retryAfterSeconds: number) =>
  new Problem(429, "rate_limited", `Too many requests. Try again in ${retryAfterSeconds} seconds.`, {
    headers: { "retry-after": String(Math.max(1, retryAfterSeconds)) },
  });
