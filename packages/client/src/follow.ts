import { ApiProblem, Unreachable } from "./errors.ts";
import type { components } from "./schema.ts";
import { pause } from "./sender.ts";
import { readServerSentEvents } from "./server-sent-events.ts";

/** A webhook event as the stream brings it. */
export type FollowedEvent = components["schemas"]["WebhookEvent"] & {
  headers: Record<string, string>;
  body_base64: string;
};

export interface FollowOptions {
  /** Of this service alone. */
  service?: string | undefined;
  /** Of this type alone, or `prefix.*`. */
  type?: string | undefined;
  /** Goes on behind a place that {@link FollowOptions.onPlace} told; from now on by default. */
  after?: string | undefined;
  /** Told when everything up to a place was taken: kept, it lets the next process go on there. */
  onPlace?: (place: string) => void;
  /** Told of each connection. */
  onConnect?: (again: boolean) => void;
  signal?: AbortSignal;
}

type Open = (
  path: string,
  init: { headers: Record<string, string>; signal: AbortSignal },
) => Promise<Response>;

const firstPauseMs = 250;
const longestPauseMs = 10_000;
/** The server says something every 15 seconds: a connection that is silent for longer is dead, whatever TCP says. */
const longestSilenceMs = 45_000;

/**
 * The tenant's events as they are recorded, for ever or until `signal` aborts. A lost connection is made anew behind the
 * last event that was taken: none is missing, and none comes twice but the one in hand when the loop is left.
 *
 * @throws what trying again can't help; of the first connection, everything
 */
export async function* follow(
  open: Open,
  options: FollowOptions,
  silenceMs = longestSilenceMs,
): AsyncGenerator<FollowedEvent> {
  const query = new URLSearchParams();
  if (options.service !== undefined) query.set("service_name", options.service);
  if (options.type !== undefined) query.set("event_type", options.type);
  const ended = options.signal ?? new AbortController().signal;
  let place = options.after;
  let pauseMs = firstPauseMs;
  for (let connections = 0; !ended.aborted;) {
    const silence = new AbortController();
    const signal = AbortSignal.any([ended, silence.signal]);
    const headers: Record<string, string> = { accept: "text/event-stream" };
    if (place !== undefined) headers["last-event-id"] = place;
    try {
      const response = await open(`/api/v1/webhook-events/stream?${query.toString()}`, { headers, signal });
      let isTold = false;
      for await (const sent of readServerSentEvents(watched(response, silence, silenceMs))) {
        pauseMs = firstPauseMs;
        // The first block says where the stream begins: from here on nothing can be missed.
        if (!isTold) {
          options.onConnect?.(connections > 0);
          connections++;
        }
        isTold = true;
        if (sent.data !== undefined) yield JSON.parse(sent.data) as FollowedEvent;
        place = sent.id ?? place;
        if (sent.id !== undefined) options.onPlace?.(sent.id);
      }
    } catch (error) {
      if (ended.aborted) return;
      if (connections === 0 || !isPassing(error)) throw error;
    }
    await pause(pauseMs, ended).catch(() => undefined);
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  }
}

/** The time in which whoever takes the chunks is at work is no silence of the server. */
async function* watched(
  response: Response,
  silence: AbortController,
  silenceMs: number,
): AsyncGenerator<Uint8Array> {
  const listen = () => setTimeout(() => silence.abort(new TypeError("the stream fell silent")), silenceMs);
  let timer = listen();
  try {
    for await (const chunk of response.body ?? []) {
      clearTimeout(timer);
      yield chunk;
      timer = listen();
    }
  } finally {
    clearTimeout(timer);
  }
}

/** A lost connection, a service that is away, or too many requests. */
function isPassing(error: unknown): boolean {
  if (error instanceof ApiProblem) return error.status >= 500 || error.status === 429;
  return error instanceof Unreachable || error instanceof TypeError;
}
