import { setImmediate } from "node:timers/promises";
import type { RedisConnection } from "./connect.ts";

export interface GapBridge {
  /** Counts the connections that were made; what fails on one may be tried on the next. */
  connection(): number;
  /**
   * Tells whether commands can be sent, as soon as they can, or once waiting is over.
   *
   * @param failed a connection on which a command failed: only a later one counts
   */
  isThere(failed?: number): Promise<boolean>;
}

/**
 * Bridges the moments in which a connection is being made: of a process that has just started, or while Redis starts
 * again. One that has been missing for longer counts as away, and nobody waits for it.
 *
 * @param redis that was connected just now
 * @param longestMs how long it is waited for, from when it was opened or lost
 * @param signal ends all waiting
 */
export function bridgeGaps(redis: RedisConnection, longestMs: number, signal: AbortSignal): GapBridge {
  let connection = 0;
  let missingSince: number | undefined = performance.now();
  let waiting: Promise<boolean> | undefined;
  redis.on("ready", () => {
    connection++;
    missingSince = undefined;
  });
  redis.on("close", () => (missingSince ??= performance.now()));

  function wait(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(end, ms);
      redis.on("ready", end);
      signal.addEventListener("abort", end);
      function end(): void {
        clearTimeout(timer);
        redis.off("ready", end);
        signal.removeEventListener("abort", end);
        resolve(redis.status === "ready");
      }
    });
  }

  return {
    connection: () => connection,
    async isThere(failed) {
      if (redis.status === "ready" && connection === failed) {
        // Writes to a socket that has ended fail some phases of the event loop before it is told as closed.
        await setImmediate();
        await setImmediate();
      }
      if (redis.status === "ready") return connection !== failed;
      const now = performance.now();
      const leftMs = (missingSince ?? now) + longestMs - now;
      if (leftMs <= 0 || signal.aborted) return false;
      waiting ??= wait(leftMs).finally(() => (waiting = undefined));
      return waiting;
    },
  };
}
