import type { components } from "./schema.ts";

type Problem = components["schemas"]["Problem"];

/** Whatever a call can end with besides an answer; `code` is for programs. */
export class CondoError extends Error {
  readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** The API refused, with problem+json (RFC 9457). */
export class ApiProblem extends CondoError {
  readonly status: number;
  /** Which parts of the request are not as they should be. */
  readonly errors: NonNullable<Problem["errors"]>;
  /** For whoever operates the installation: their logs name it. */
  readonly requestId: string | undefined;
  /** When trying again may help, in milliseconds; undefined where the API did not say. */
  readonly retryAfterMs: number | undefined;

  constructor(response: Response, problem: Problem) {
    super(problem.code, problem.detail ?? problem.title);
    this.status = response.status;
    this.errors = problem.errors ?? [];
    this.requestId = response.headers.get("x-request-id") ?? undefined;
    this.retryAfterMs = retryAfterMs(response);
  }
}

/** Nobody answered, or not in time: whether anything was done is not known. */
export class Unreachable extends CondoError {
  constructor(url: string, cause: unknown) {
    const reason = reasonOf(cause);
    super("unreachable", `${url} does not answer${reason ? ` (${reason})` : ""}`, cause);
  }
}

/** Why there is no answer: `fetch` itself says so of nothing, and its cause of all. */
function reasonOf(error: unknown): string | undefined {
  const { cause = error } = error as { cause?: unknown };
  if (!(cause instanceof Error)) return undefined;
  // Of several addresses that were tried it is told without a message.
  return cause.message.trim() || (cause as { code?: string }).code;
}

/** What a refusal says; something that is no problem+json came from elsewhere, as from a proxy. */
export function problemOf(response: Response, body: unknown): ApiProblem {
  if (isProblem(body)) return new ApiProblem(response, body);
  const title = `The API answered ${response.status}`;
  return new ApiProblem(response, {
    type: "about:blank",
    title,
    status: response.status,
    code: "unexpected_answer",
  });
}

function isProblem(body: unknown): body is Problem {
  return (
    typeof body === "object" &&
    body !== null &&
    "code" in body &&
    typeof body.code === "string" &&
    "title" in body &&
    typeof body.title === "string"
  );
}

/** `Retry-After` (RFC 9110, 10.2.3): seconds, or a date. */
export function retryAfterMs({ headers }: Response): number | undefined {
  const given = headers.get("retry-after")?.trim();
  if (!given) return undefined;
  if (/^\d+$/.test(given)) return Number(given) * 1_000;
  const at = Date.parse(given);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}
