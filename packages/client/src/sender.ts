import { retryAfterMs, Unreachable } from "./errors.ts";

export interface SendOptions {
  /** How often a request is tried again at most. */
  retries: number;
  /** How long an attempt may take until its answer begins, in milliseconds. */
  timeoutMs: number;
  /** The longest that is waited before trying again, in milliseconds: a longer Retry-After is left to the caller. */
  maxWaitMs: number;
  /** Whether it does no harm twice, though nothing in it says so. */
  isRepeatable?: boolean;
  /** Whether the answer's body belongs to the attempt, which fails with it. */
  isWhole?: boolean;
}

const firstBackoffMs = 250;
const changes = new Set(["POST", "PUT", "PATCH", "DELETE"]);
/** Nothing was done. */
const refusedForNow = new Set([425, 429, 503]);
/** A gateway gave up: what became of the request is not known. */
const unknownOutcomes = new Set([408, 502, 504]);
/** The attempt before is still at work: its answer is for us. */
const inFlight = "idempotency_key_in_flight";

/**
 * Sends a request, and again where that may help and can't do a thing twice: after a lost connection, a gateway that gave
 * up, a limit. A change carries an Idempotency-Key, the same on every attempt, so that it is done once.
 *
 * @throws Unreachable when no attempt was answered
 */
export async function send(request: Request, options: SendOptions): Promise<Response> {
  const keyed = withKey(request);
  const isRepeatable =
    options.isRepeatable || !changes.has(keyed.method) || keyed.headers.has("idempotency-key");
  for (let attempt = 0; ; attempt++) {
    const isLast = attempt >= options.retries;
    let response: Response | undefined;
    try {
      const begun = await attemptOf(keyed.clone(), options.timeoutMs);
      response = options.isWhole ? await whole(begun) : begun;
      if (isLast || !(await mayHelp(response, isRepeatable))) return response;
    } catch (error) {
      request.signal.throwIfAborted();
      if (isLast || !(isRepeatable || wasNeverSent(error))) {
        throw new Unreachable(new URL(request.url).origin, error);
      }
    }
    // Full jitter: many clients of one outage don't come back at one moment.
    const backoff = Math.random() * Math.min(firstBackoffMs * 2 ** attempt, options.maxWaitMs);
    const waitMs = Math.max(backoff, (response && retryAfterMs(response)) ?? 0);
    if (response && waitMs > options.maxWaitMs) return response;
    await response?.body?.cancel();
    await pause(waitMs, request.signal);
  }
}

/** A change with an Idempotency-Key, where its caller is known and has given none. */
export function withKey(request: Request): Request {
  const isStreamed = !/^$|json/.test(request.headers.get("content-type") ?? "");
  if (!changes.has(request.method) || isStreamed || request.headers.has("idempotency-key")) return request;
  // Where nobody is known to call, the API does not look at it: the like request would be done again.
  if (!request.headers.has("authorization") && !request.headers.has("x-api-key")) return request;
  const keyed = new Request(request);
  keyed.headers.set("idempotency-key", crypto.randomUUID());
  return keyed;
}

async function attemptOf(request: Request, timeoutMs: number): Promise<Response> {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  try {
    // The caller's signal goes on to hold for the body; the time limit does not.
    return await fetch(request, { signal: AbortSignal.any([request.signal, timeout.signal]) });
  } finally {
    clearTimeout(timer);
  }
}

/** An answer whose body has come. @throws what the connection was lost with in the midst of it */
async function whole(response: Response): Promise<Response> {
  return response.body ? new Response(await response.arrayBuffer(), response) : response;
}

async function mayHelp(response: Response, isRepeatable: boolean): Promise<boolean> {
  if (refusedForNow.has(response.status)) return true;
  if (unknownOutcomes.has(response.status)) return isRepeatable;
  if (response.status !== 409) return false;
  return (await response.clone().text()).includes(`"${inFlight}"`);
}

/** The connection was refused, or the name is not known: no byte of the request has gone out. */
function wasNeverSent(error: unknown): boolean {
  const { cause } = error as { cause?: { code?: unknown } };
  return ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN"].includes(String(cause?.code));
}

export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}
