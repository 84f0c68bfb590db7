import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { CommandProblem } from "../terminal.ts";
import { ApiRefusal, type ApiSession } from "./api-session.ts";
import { readServerSentEvents } from "./server-sent-events.ts";

const eventSchema = z.object({
  id: z.uuid(),
  service_name: z.string(),
  event_type: z.string(),
  content_type: z.string().nullable(),
  size: z.int(),
  received_at: z.iso.datetime(),
  headers: z.record(z.string(), z.string()),
  body_base64: z.string(),
});

/** A webhook event as the stream brings it. */
export type FollowedEvent = z.output<typeof eventSchema>;

const firstPauseMs = 250;
const longestPauseMs = 10_000;

/**
 * The tenant's events as they are recorded, for ever. A lost connection is made anew behind the last event, with none
 * missing; what trying again can't help is thrown.
 *
 * @param onConnect tells of each connection
 */
export async function* followEvents(
  api: ApiSession,
  filter: { service?: string | undefined; type?: string | undefined },
  onConnect: (again: boolean) => void,
): AsyncGenerator<FollowedEvent> {
  const query = new URLSearchParams();
  if (filter.service) query.set("service_name", filter.service);
  if (filter.type) query.set("event_type", filter.type);
  let lastEventId: string | undefined;
  let pauseMs = firstPauseMs;
  for (let connections = 0; ;) {
    try {
      const response = await api.open(`/webhook-events/stream?${query.toString()}`, lastEventId);
      onConnect(connections++ > 0);
      for await (const sent of readServerSentEvents(response)) {
        pauseMs = firstPauseMs;
        if (sent.data !== undefined) yield eventSchema.parse(JSON.parse(sent.data));
        lastEventId = sent.id ?? lastEventId;
      }
    } catch (error) {
      if (connections === 0 || !isPassing(error)) throw error;
    }
    await pause(pauseMs);
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  }
}

/** A lost connection, a service that is away, or too many requests. */
function isPassing(error: unknown): boolean {
  if (error instanceof ApiRefusal) return error.status >= 500 || error.status === 429;
  if (error instanceof CommandProblem) return error.code === "unreachable";
  return error instanceof TypeError;
}
