import { createHash, randomUUID } from "node:crypto";
import type { Readable } from "node:stream";
import { Problem } from "@condo/http";
import type { IncomingEvent } from "@condo/intake";
import { newId } from "@condo/schema";
import { bodiesRecur, type SignedRequest } from "@condo/webhooks";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { Context } from "./context.ts";
import { bodyTooLarge, payloadOverPlan } from "./errors.ts";
import { findSource } from "./find-source.ts";
import { keptHeaders, secretHeadersOf } from "./kept-headers.ts";
import type { Attempt } from "./rejections.ts";
import type { Source } from "./source-record.ts";

const maxContentTypeLength = 256;

/** How the URL of a webhook names its source. */
export const sourceParams = z.object({
  service_name: z.string().describe("Names the source: its `service_name`"),
  source_key: z.string().optional().describe("Names the tenant: from the source's own URL"),
});

/**
 * Finds the source that a request names and runs `work` on it. When it is refused, that is told of, and the answer waits
 * for its turn among the refusals of its tenant or address.
 */
export async function attempt<T>(
  context: Context,
  request: FastifyRequest,
  { service_name: serviceName, source_key: sourceKey }: z.output<typeof sourceParams>,
  work: (source: Source, attempt: Attempt) => Promise<T>,
): Promise<T> {
  const made: Attempt = { source: null, body: null };
  try {
    made.source = await findSource(context, request, serviceName, sourceKey);
    return await work(made.source, made);
  } catch (error) {
    if (error instanceof Problem) {
      context.rejections.note(request, made, error);
      made.body = null;
      await turnOf(context, request, made.source);
    }
    throw error;
  }
}

/** Waits until a refusal may go out: who is refused too often takes no time from others. */
async function turnOf(
  { refusalLine }: Context,
  request: FastifyRequest,
  source: Source | null,
): Promise<void> {
  const { ip: address, raw } = request;
  const turn = refusalLine.turn({ tenantId: source?.tenantId, address, connection: raw.socket });
  if (!turn) return;
  // What comes of its body meanwhile is thrown away, so that waiting takes hardly any memory.
  raw.resume();
  const begun = performance.now();
  await turn;
  request.heldMs = performance.now() - begun;
}

/** The body, not yet read; null when there is none. */
export function bodyStream(request: FastifyRequest): Readable | null {
  const body = request.body as Readable | null | undefined;
  return body ?? null;
}

/** Bytes of one payload at most: the operator's limit, or less where the tenant's plan says so. */
export interface SizeLimit {
  bytes: number;
  exceeded: () => Problem;
}

export function sizeLimitOf({ config }: Context, { payloadBytes }: Source): SizeLimit {
  const bytes = config.MAX_WEBHOOK_BYTES;
  if (payloadBytes === null || payloadBytes >= bytes) return { bytes, exceeded: () => bodyTooLarge(bytes) };
  return { bytes: payloadBytes, exceeded: () => payloadOverPlan(payloadBytes) };
}

/** What Content-Length says; null when the sender does not tell. @throws Problem 413 when it says too much */
export function toldLength(request: FastifyRequest, limit: SizeLimit): number | null {
  const header = request.headers["content-length"];
  if (header === undefined) return request.headers["transfer-encoding"] === undefined ? 0 : null;
  const length = Number(header);
  if (length > limit.bytes) throw limit.exceeded();
  return length;
}

export function signedRequest(
  { publicProtocol }: Context,
  request: FastifyRequest,
  body: Buffer,
): SignedRequest {
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    // A header that came more than once is none that a sender signs by.
    if (typeof value === "string") headers[name] = value;
  }
  // The URL that the sender posted to: some sign it.
  const url = `${publicProtocol}//${request.host}${request.originalUrl}`;
  return { method: request.method, url, headers, body };
}

/** An event as it goes into the intake. @throws Problem 413 when it is larger than its tenant's plan allows */
export function incomingEvent(
  request: FastifyRequest,
  source: Source,
  event: {
    serviceName: string;
    eventType: string;
    eventId: string | null;
    dedupeKey: string;
    receivedAt: Date;
    body: Buffer;
  },
): IncomingEvent {
  if (source.payloadBytes !== null && event.body.length > source.payloadBytes) {
    throw payloadOverPlan(source.payloadBytes);
  }
  return {
    monthlyLimit: source.eventsPerMonth,
    id: newId(),
    tenantId: source.tenantId,
    sourceId: source.sourceId,
    serviceName: event.serviceName,
    eventType: event.eventType,
    senderEventId: event.eventId,
    dedupeKey: event.dedupeKey,
    dedupeWindowMs: source.dedupeWindowMs,
    contentType: request.headers["content-type"]?.slice(0, maxContentTypeLength) ?? null,
    headers: {
      ...keptHeaders(request.headers, secretHeadersOf(source)),
      // Every attempt of its deliveries goes on with the trace.
      ...(request.span ? { traceparent: request.span.traceparent } : {}),
    },
    receivedAt: event.receivedAt,
    body: event.body,
  };
}

/** What makes an event the same as one before: its sender's id, else its bytes, where those of two events differ. */
export function dedupeKeyOf({ provider }: Source, eventId: string | null, body: Buffer): string {
  if (eventId !== null) return `id:${eventId}`;
  if (bodiesRecur(provider)) return `own:${randomUUID()}`;
  return `body:${createHash("sha256").update(body).digest("base64url")}`;
}
