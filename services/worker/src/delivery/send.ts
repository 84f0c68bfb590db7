import { signStandardWebhook } from "@condo/webhooks";
import { request, type Agent } from "undici";
import { ForbiddenAddress } from "./outbound-guard.ts";
import type { ClaimedDelivery } from "../repositories/claimed-deliveries.ts";

/** What a destination answered, or why there was no answer. */
export interface SendResult {
  startedAt: Date;
  durationMs: number;
  statusCode: number | null;
  error: string | null;
  responseExcerpt: string | null;
  /** What the destination asks for, in milliseconds. */
  retryAfterMs: number | null;
}

const excerptBytes = 1_024;
/** More of an answer is not read: its connection is closed instead of being used again. */
const responseBytes = 16 * 1_024;
const userAgent = "Condo-Webhooks/1";

/**
 * Posts a delivery, signed after the Standard Webhooks specification, body and content type as they came in. Redirects are
 * not followed. It never throws: a failure is a result.
 *
 * @param signal aborts the request when its time is over
 */
export async function send(
  agent: Agent,
  delivery: ClaimedDelivery,
  secrets: readonly string[],
  signal: AbortSignal,
): Promise<SendResult> {
  const startedAt = new Date();
  const begun = performance.now();
  const elapsed = () => Math.round(performance.now() - begun);
  try {
    const timestamp = Math.floor(startedAt.getTime() / 1000);
    const answer = await request(delivery.url, {
      method: "POST",
      dispatcher: agent,
      signal,
      headersTimeout: 0,
      bodyTimeout: 0,
      body: delivery.body,
      headers: {
        "content-type": delivery.content_type ?? "application/octet-stream",
        "user-agent": userAgent,
        ...signStandardWebhook(secrets, delivery.event_id, timestamp, delivery.body),
        "condo-delivery-id": delivery.id,
        "condo-delivery-attempt": String(delivery.attempts + 1),
        "condo-event-type": delivery.event_type,
        "condo-service": delivery.service_name,
      },
    });
    const responseExcerpt = await readExcerpt(answer.body);
    const delivered = answer.statusCode >= 200 && answer.statusCode < 300;
    return {
      startedAt,
      durationMs: elapsed(),
      statusCode: answer.statusCode,
      error: delivered ? null : `The destination answered ${answer.statusCode}`,
      responseExcerpt,
      retryAfterMs: parseRetryAfter(answer.headers["retry-after"], startedAt),
    };
  } catch (error) {
    return {
      startedAt,
      durationMs: elapsed(),
      statusCode: null,
      error: explain(error, signal),
      responseExcerpt: null,
      retryAfterMs: null,
    };
  }
}

async function readExcerpt(body: AsyncIterable<Buffer> & { destroy(): unknown }): Promise<string | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    if (length < excerptBytes) chunks.push(chunk);
    length += chunk.length;
    if (length > responseBytes) {
      body.destroy();
      break;
    }
  }
  if (length === 0) return null;
  const text = Buffer.concat(chunks).subarray(0, excerptBytes).toString("utf8");
  // Postgres holds no NUL in text.
  return text.replaceAll("\0", "\uFFFD");
}

/** Retry-After (RFC 9110, 10.2.3): seconds or a date. */
function parseRetryAfter(header: string | string[] | undefined, now: Date): number | null {
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
  return (typeof code === "string" && !text.includes(code) ? `${code}: ${text}` : text)
    .slice(0, 500)
    .replaceAll("\0", "");
}
