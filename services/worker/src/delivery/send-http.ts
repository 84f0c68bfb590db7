import { ForbiddenAddress } from "@condo/outbound";
import { signStandardWebhook } from "@condo/webhooks";
import { request, type Agent } from "undici";
import type { ClaimedDelivery } from "../repositories/claimed-deliveries.ts";
import type { Destination } from "./destinations.ts";
import { attempt, type Outgoing, CutShort, type Answer, type SendResult } from "./send-result.ts";

export interface HttpOptions {
  agent: Agent;
  /** How long a destination may take to begin its answer, where it has no timeout of its own. */
  timeoutMs: number;
  /** How long it may take over the rest of it. */
  bodyTimeoutMs: number;
  /** Attempts that wait for an answer or a transform, for whoever has to end them all. */
  underWay: Set<AbortController>;
}

const excerptBytes = 1_024;
/** More of an answer is not read: its connection is closed instead of being used again. */
const responseBytes = 16 * 1_024;
const userAgent = "Condo-Webhooks/1";

/**
 * Posts a delivery, signed after the Standard Webhooks specification, in one body or another. Redirects are not followed.
 *
 * @param body as it came in, or as the destination has it shaped
 */
export async function sendHttp(
  options: HttpOptions,
  delivery: ClaimedDelivery,
  destination: Destination,
  url: string,
  body: Outgoing,
): Promise<SendResult> {
  const limit = new AbortController();
  options.underWay.add(limit);
  let timer = setTimeout(() => limit.abort(), destination.timeoutMs ?? options.timeoutMs);
  return attempt(
    async (startedAt) => {
      try {
        const answer = await request(url, {
          method: "POST",
          dispatcher: options.agent,
          signal: limit.signal,
          headersTimeout: 0,
          bodyTimeout: 0,
          body: body.bytes,
          headers: headersOf(delivery, destination, body, startedAt),
        });
        clearTimeout(timer);
        // The status is what counts: a body that does not end is cut, and takes nothing back.
        timer = setTimeout(() => answer.body.destroy(), options.bodyTimeoutMs);
        const responseExcerpt = await readExcerpt(answer.body);
        const isDelivered = answer.statusCode >= 200 && answer.statusCode < 300;
        return {
          statusCode: answer.statusCode,
          error: isDelivered ? null : `The destination answered ${answer.statusCode}`,
          responseExcerpt,
          retryAfterMs: parseRetryAfter(answer.headers["retry-after"], startedAt),
        };
      } finally {
        clearTimeout(timer);
        options.underWay.delete(limit);
      }
    },
    (error) =>
      ({
        error: explain(error, limit.signal),
        isCutShort: limit.signal.reason instanceof CutShort,
      }) satisfies Answer,
  );
}

function headersOf(
  delivery: ClaimedDelivery,
  destination: Destination,
  body: Outgoing,
  at: Date,
): Record<string, string> {
  const now = performance.now();
  const secrets = destination.secrets.filter(({ endsAt }) => endsAt > now).map(({ value }) => value);
  const timestamp = Math.floor(at.getTime() / 1000);
  return {
    ...destination.headers,
    "content-type": printable(body.contentType),
    "user-agent": userAgent,
    ...signStandardWebhook(secrets, delivery.event_id, timestamp, body.bytes),
    "condo-delivery-id": delivery.id,
    "condo-delivery-attempt": String(delivery.attempts + 1),
    "condo-event-type": printable(delivery.event_type),
    "condo-service": printable(delivery.service_name),
    ...(body.traceparent === undefined ? {} : { traceparent: body.traceparent }),
  };
}

/** A sender chose the text: what a header can't hold is not to fail the delivery. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?");
}

async function readExcerpt(body: AsyncIterable<Buffer> & { destroy(): unknown }): Promise<string | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of body) {
      if (length < excerptBytes) chunks.push(chunk);
      length += chunk.length;
      if (length > responseBytes) {
        body.destroy();
        break;
      }
    }
  } catch {
    // Cut short, by either side: what has come is what there is.
  }
  if (length === 0) return null;
  return Buffer.concat(chunks).subarray(0, excerptBytes).toString("utf8");
}

/** Retry-After (RFC 9110, 10.2.3): seconds or a date. */
export function parseRetryAfter(header: string | string[] | undefined, now: Date): number | null {
  if (typeof header !== "string") return null;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - now.getTime());
}

function explain(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return "The destination did not answer in time";
  if (error instanceof ForbiddenAddress) return error.message;
  const { code, message } = error as { code?: unknown; message?: unknown };
  const text = typeof message === "string" && message !== "" ? message : "The request failed";
  return (typeof code === "string" && !text.includes(code) ? `${code}: ${text}` : text).slice(0, 500);
}
