import { performance } from "node:perf_hooks";
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { FastifyBaseLogger } from "fastify";

/** What is known when it is asked whether to collect. */
export interface Moment {
  /** Part of the time since the last look that the event loop was busy. */
  busy: number;
  /** How much larger the heap is than the last collection left it, in bytes. */
  grown: number;
  /** Since the last collection, in milliseconds; infinite before the first. */
  sinceMs: number;
}

/** A collection takes a tenth of a second, and a request that comes meanwhile waits for it. */
const collectEveryMs = 60_000;
const idleBelow = 0.05;
const worthBytes = 16 * 1024 * 1024;

/** Whether nothing goes on that a collection would hold up, and it would give something back. */
export function isTimeToCollect({ busy, grown, sinceMs }: Moment): boolean {
  return busy < idleBelow && grown >= worthBytes && sinceMs >= collectEveryMs;
}

/**
 * Gives the heap's spare memory back to the system while nothing goes on: after the start, which leaves a third of what
 * it took, and after each rush. V8 has a reducer for this, which waits as long as it counts a high rate of allocation: in
 * a service that was asked nothing it did so for minutes (`--trace-memory-reducer`).
 *
 * @returns a function that ends it
 */
export function giveMemoryBack(
  log: Pick<FastifyBaseLogger, "debug">,
  { lookEveryMs = 2_000 } = {},
): () => void {
  const collect = collector();
  let left = 0;
  let collectedAt = -Infinity;
  let since = performance.eventLoopUtilization();

  function look(): void {
    const busy = performance.eventLoopUtilization(since).utilization;
    since = performance.eventLoopUtilization();
    const before = getHeapStatistics().total_physical_size;
    const start = performance.now();
    if (!isTimeToCollect({ busy, grown: before - left, sinceMs: start - collectedAt })) return;
    collect();
    collectedAt = performance.now();
    left = getHeapStatistics().total_physical_size;
    log.debug({ before, left, durationMs: Math.round(collectedAt - start) }, "gave memory back");
  }

  const timer = setInterval(look, lookEveryMs).unref();
  return () => clearInterval(timer);
}

/** Node gives its collector to contexts that are made under a flag; it is put back at once. */
function collector(): () => void {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as NodeJS.GCFunction;
  setFlagsFromString("--no-expose-gc");
  // Other flavors leave the young generation as large as it has grown to be, and keep spare pages.
  return () => gc({ type: "major", execution: "sync", flavor: "last-resort" });
}
