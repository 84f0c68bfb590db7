import {
  bulkhead,
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  handleWhenResult,
  timeout,
  TimeoutStrategy,
  wrap,
  type IBackoff,
} from "cockatiel";
import type { Logger } from "@condo/http";
import type { SendResult } from "./send.ts";

export interface BreakerSettings {
  failures: number;
  openMs: number;
  openMaxMs: number;
  concurrency: number;
  timeoutMs: number;
}

/** A destination's breaker, bulkhead and timeout. */
export interface Guard {
  /**
   * How long to wait before a delivery may be tried, in milliseconds: 0 for now, more while the breaker is open, probing,
   * or the destination has all the requests that it may have at once.
   */
  waitMs(): number;
  /** @throws BrokenCircuitError or BulkheadRejectedError when `waitMs` was not asked, or too long ago */
  run(task: (signal: AbortSignal) => Promise<SendResult>): Promise<SendResult>;
}

const busyWaitMs = 250;
const probeWaitMs = 1_000;
const guardsKept = 10_000;

/** One guard a destination, made when it is first asked for. */
export function createGuards(settings: BreakerSettings, logger: Logger): (destinationId: string) => Guard {
  const guards = new Map<string, Guard>();
  return (destinationId) => {
    let guard = guards.get(destinationId);
    if (!guard) {
      guard = createGuard(destinationId, settings, logger);
      if (guards.size >= guardsKept) {
        const oldest = guards.keys().next();
        if (!oldest.done) guards.delete(oldest.value);
      }
    }
    guards.delete(destinationId);
    guards.set(destinationId, guard);
    return guard;
  };
}

function createGuard(destinationId: string, settings: BreakerSettings, logger: Logger): Guard {
  let openUntil = 0;
  let underWay = 0;
  let lastBreakMs = 0;
  const breaker = circuitBreaker(handleWhenResult(isEndpointFailure), {
    breaker: new ConsecutiveBreaker(settings.failures),
    halfOpenAfter: doubling(settings.openMs, settings.openMaxMs, (ms) => {
      lastBreakMs = ms;
    }),
  });
  breaker.onStateChange((state) => {
    if (state === CircuitState.Open) openUntil = Date.now() + lastBreakMs;
    const details = { destination_id: destinationId, state: CircuitState[state].toLowerCase() };
    logger.warn(
      state === CircuitState.Open ? { ...details, open_ms: lastBreakMs } : details,
      "circuit breaker",
    );
  });
  const policy = wrap(
    bulkhead(settings.concurrency, 0),
    breaker,
    timeout(settings.timeoutMs, { strategy: TimeoutStrategy.Cooperative, abortOnReturn: false }),
  );

  return {
    waitMs() {
      if (underWay >= settings.concurrency) return busyWaitMs;
      if (breaker.state === CircuitState.HalfOpen && underWay > 0) return probeWaitMs;
      if (breaker.state !== CircuitState.Open) return 0;
      const left = openUntil - Date.now();
      return left > 0 ? left : underWay > 0 ? probeWaitMs : 0;
    },
    async run(task) {
      underWay++;
      try {
        return await policy.execute(({ signal }) => task(signal));
      } finally {
        underWay--;
      }
    },
  };
}

/** Answers that say the endpoint is in trouble; a 4xx says that it did not like this one event. */
function isEndpointFailure(result: unknown): boolean {
  const { statusCode } = result as SendResult;
  return statusCode === null || statusCode >= 500 || statusCode === 429 || statusCode === 408;
}

/** Open times that double with each failed probe, and tell how long the present one is. */
function doubling(firstMs: number, maxMs: number, tell: (ms: number) => void) {
  function step(duration: number): IBackoff<unknown> {
    tell(duration);
    return { duration, next: () => step(Math.min(duration * 2, maxMs)) };
  }
  return { next: () => step(firstMs) };
}
