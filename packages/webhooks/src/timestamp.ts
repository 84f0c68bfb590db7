import { z } from "zod";
import type { RejectionReason } from "./verdict.ts";

export const timestampFormats = ["unix", "unix_ms", "iso8601"] as const;
type TimestampFormat = (typeof timestampFormats)[number];

/** How far from the moment of receipt a sender's clock may be, either way. */
const defaultToleranceSeconds = 300;

export interface TimestampSpec {
  readonly format: TimestampFormat;
  readonly toleranceSeconds?: number | undefined;
}

export interface Receipt {
  readonly at: Date;
  /** Goes before the tolerance of the source or of the scheme. */
  readonly toleranceSeconds?: number | undefined;
}

const canonicalInteger = /^(?:0|[1-9]\d{0,14})$/;
// A stamp without an offset would mean whatever zone this server happens to be in.
const isoDateTime = z.iso.datetime({ offset: true }).max(40);

/** Why the stamp is refused, or null. */
export function checkTimestamp(text: string, spec: TimestampSpec, receipt: Receipt): RejectionReason | null {
  const seconds = parseSeconds(text, spec.format);
  if (seconds === null) return "malformed_timestamp";
  const tolerance = receipt.toleranceSeconds ?? spec.toleranceSeconds ?? defaultToleranceSeconds;
  // Senders' own libraries compare whole seconds; being stricter by a fraction would refuse what they accept.
  const age = Math.floor(receipt.at.getTime() / 1000) - seconds;
  // Phrased so that a NaN from a broken clock or tolerance is refused.
  if (!(age <= tolerance)) return "stale_timestamp";
  if (!(-age <= tolerance)) return "future_timestamp";
  return null;
}

/** The moment that a stamp names; null when it can't be read. */
export function parseTimestamp(text: string | undefined, format: TimestampFormat): Date | null {
  const seconds = text === undefined ? null : parseSeconds(text, format);
  return seconds === null ? null : new Date(seconds * 1000);
}

function parseSeconds(text: string, format: TimestampFormat): number | null {
  if (format === "iso8601") {
    return isoDateTime.safeParse(text).success ? Date.parse(text) / 1000 : null;
  }
  if (!canonicalInteger.test(text)) return null;
  return format === "unix" ? Number(text) : Number(text) / 1000;
}
