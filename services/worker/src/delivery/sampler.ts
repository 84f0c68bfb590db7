import { CircuitState, ConsecutiveBreaker, SamplingBreaker } from "cockatiel";
import type { BreakerOverrides } from "@condo/routing";

export interface BreakerSettings {
  /** Failures in a row that open it. */
  failures: number;
  /** Share of failed attempts within the window that opens it, once it has seen so many. */
  failureShare: number;
  minAttempts: number;
  windowMs: number;
  openMs: number;
  openMaxMs: number;
  /** Factor of the open time after each failed probe. */
  growth: number;
  /** Attempts that have to go well before it closes. */
  probes: number;
}

/** The worker's settings, where a destination has none of its own. */
export function settingsFor(defaults: BreakerSettings, own: BreakerOverrides): BreakerSettings {
  return {
    failures: own.failures ?? defaults.failures,
    failureShare: own.failure_share ?? defaults.failureShare,
    minAttempts: own.min_attempts ?? defaults.minAttempts,
    windowMs: own.window_ms ?? defaults.windowMs,
    openMs: own.open_ms ?? defaults.openMs,
    openMaxMs: own.open_max_ms ?? defaults.openMaxMs,
    growth: own.growth ?? defaults.growth,
    probes: own.probes ?? defaults.probes,
  };
}

/** Tells from how attempts went when a breaker is to open: so many failures in a row, or too large a share of them. */
export interface Sampler {
  success(): void;
  /** @returns true when it is to open */
  failure(): boolean;
}

/** cockatiel wants a share below 1. */
const largestShare = 0.999;

export function createSampler(settings: BreakerSettings): Sampler {
  const inARow = new ConsecutiveBreaker(settings.failures);
  const share = new SamplingBreaker({
    threshold: Math.min(settings.failureShare, largestShare),
    duration: settings.windowMs,
    minimumRps: (settings.minAttempts * 1_000) / settings.windowMs,
  });
  return {
    success() {
      inARow.success();
      share.success(CircuitState.Closed);
    },
    failure() {
      const isRow = inARow.failure();
      return share.failure(CircuitState.Closed) || isRow;
    },
  };
}
