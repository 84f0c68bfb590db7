import { createHistogram } from "node:perf_hooks";

/** A distribution of times, in milliseconds. */
export interface Latencies {
  count: number;
  min: number;
  mean: number;
  max: number;
  p50: number;
  p90: number;
  p99: number;
  p999: number;
  /** Percentile and value, finer towards the end: for a plot. */
  curve: [percentile: number, ms: number][];
}

export interface Recorder {
  /** @param ms how long it took; less than a microsecond counts as one */
  record(ms: number): void;
  latencies(): Latencies;
}

const nanosecondsAMs = 1_000_000;
const longestMs = 600_000;

/** Records into an HDR histogram, Node's own, to three significant figures. */
export function createRecorder(): Recorder {
  const histogram = createHistogram({ lowest: 1_000, highest: longestMs * nanosecondsAMs, figures: 3 });
  const at = (percentile: number): number => histogram.percentile(percentile) / nanosecondsAMs;
  return {
    record(ms) {
      histogram.record(Math.max(1_000, Math.round(Math.min(ms, longestMs) * nanosecondsAMs)));
    },
    latencies() {
      if (histogram.count === 0) return nothing;
      return {
        count: histogram.count,
        min: histogram.min / nanosecondsAMs,
        mean: histogram.mean / nanosecondsAMs,
        max: histogram.max / nanosecondsAMs,
        p50: at(50),
        p90: at(90),
        p99: at(99),
        p999: at(99.9),
        curve: [...new Set([...histogram.percentiles.keys(), 50, 99])]
          .toSorted((a, b) => a - b)
          .map((percentile) => [
            percentile,
            percentile > 0 ? at(percentile) : histogram.min / nanosecondsAMs,
          ]),
      };
    },
  };
}

const nothing: Latencies = {
  count: 0,
  min: 0,
  mean: 0,
  max: 0,
  p50: 0,
  p90: 0,
  p99: 0,
  p999: 0,
  curve: [],
};
