/** A destination's Retry-After is honoured up to this. */
const retryAfterCapMs = 24 * 3_600_000;
/** Spreads retries that were caused by one outage. */
const jitterShare = 0.25;

/**
 * When to try again after a failed attempt; null when that was the last.
 *
 * @param attempt number of the attempt that failed, 1 for the first
 * @param delaysMs the schedule: the first entry is the wait after the first attempt
 * @param retryAfterMs what the destination asked for
 * @param random between 0 and 1
 */
export function nextAttemptAt(
  attempt: number,
  delaysMs: readonly number[],
  retryAfterMs: number | null,
  now: Date,
  random: number,
): Date | null {
  const delay = delaysMs[attempt - 1];
  if (delay === undefined) return null;
  const spread = delay * (1 + jitterShare * random);
  const asked = Math.min(retryAfterMs ?? 0, retryAfterCapMs);
  return new Date(now.getTime() + Math.max(spread, asked));
}
