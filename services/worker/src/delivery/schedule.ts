import type { Jitter } from "@condo/settings/worker";

/** A destination's Retry-After is honoured up to this. */
const retryAfterCapMs = 24 * 3_600_000;

/** With `added`, a quarter of the wait at most comes on top: nobody is called earlier than the schedule says. */
const addedShare = 0.25;
/** With `full`, the wait is anything up to the schedule's, but for this floor of it. */
const fullFloor = 0.05;

/**
 * In how many milliseconds to try again after a failed attempt; null when that was the last.
 *
 * @param attempt number of the attempt that failed, 1 for the first
 * @param delaysMs the schedule: the first entry is the wait after the first attempt
 * @param retryAfterMs what the destination asked for: never sooner than that, to a cap
 * @param random between 0 and 1
 */
export function retryDelayMs(
  attempt: number,
  delaysMs: readonly number[],
  retryAfterMs: number | null,
  jitter: Jitter,
  random: number,
): number | null {
  const delay = delaysMs[attempt - 1];
  if (delay === undefined) return null;
  const spread = jitter === "full" ? delay * Math.max(fullFloor, random) : delay * (1 + addedShare * random);
  return Math.max(spread, Math.min(retryAfterMs ?? 0, retryAfterCapMs));
}
