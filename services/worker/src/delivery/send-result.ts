import { storable } from "@condo/schema";
import type { ClaimedDelivery } from "../repositories/claimed-deliveries.ts";
import type { Destination } from "./destinations.ts";

/** What a destination answered, or why there was no answer. */
export interface SendResult {
  startedAt: Date;
  durationMs: number;
  statusCode: number | null;
  /** Null when it was delivered. */
  error: string | null;
  responseExcerpt: string | null;
  /** What the destination asks for, in milliseconds. */
  retryAfterMs: number | null;
  /** It failed before it reached the destination, which can't be blamed. */
  isOurFault: boolean;
  /** It was not made, or not waited for: the worker closes, or the transform had no turn. No attempt is spent. */
  isCutShort: boolean;
}

/** Why an attempt is ended that a closing worker can't wait for. */
export class CutShort extends Error {}

/** What an attempt sends. */
export interface Outgoing {
  bytes: Buffer;
  contentType: string;
  /** Undefined where nothing is traced. */
  traceparent: string | undefined;
}

/** Never throws: a failure is a result. */
export type Send = (
  delivery: ClaimedDelivery,
  destination: Destination,
  /** Of the attempt, for the destination to go on with. */
  traceparent?: string,
) => Promise<SendResult>;

/** What is left to say after an attempt began: one that was delivered, or failed. */
export type Answer = Partial<SendResult> & Pick<SendResult, "error">;

/** Runs an attempt and times it. What the destination or a transform says may be any text: it is made storable here. */
export async function attempt(
  work: (startedAt: Date) => Promise<Answer>,
  explain: (error: unknown) => Answer,
): Promise<SendResult> {
  const startedAt = new Date();
  const begun = performance.now();
  const { error, responseExcerpt = null, ...answer } = await work(startedAt).catch(explain);
  return {
    startedAt,
    durationMs: Math.round(performance.now() - begun),
    statusCode: null,
    retryAfterMs: null,
    isOurFault: false,
    isCutShort: false,
    ...answer,
    error: storable(error),
    responseExcerpt: storable(responseExcerpt),
  };
}
