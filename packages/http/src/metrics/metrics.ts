import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "@prometheus-io/client";
import packageJson from "../../package.json" with { type: "json" };
import { answerWithin } from "../answer-within.ts";

export type { Counter, Histogram } from "@prometheus-io/client";

/** What a look at something found: a number, or one for each value of the metric's labels. */
export type Reading = number | readonly { labels: Readonly<Record<string, string>>; value: number }[];

/** A gauge that is looked up when somebody scrapes. */
interface LookedUp {
  help: string;
  labels?: readonly string[];
}

/** What a process tells of itself to Prometheus. Labels have few values, known ahead; never an id. */
export interface Metrics {
  counter<L extends string = never>(name: string, help: string, labels?: readonly L[]): Counter<L>;
  /** @param buckets upper bounds, in the metric's unit */
  histogram<L extends string = never>(
    name: string,
    help: string,
    buckets: readonly number[],
    labels?: readonly L[],
  ): Histogram<L>;
  /**
   * Gauges of which one look gives all the values. What a look does not answer, because it fails or takes too long, is
   * absent from that scrape: an old value would be taken for a new one.
   *
   * @param maxAgeMs how long a look serves further scrapes, where it costs something; failed ones too
   */
  look<Name extends string>(
    gauges: Readonly<Record<Name, LookedUp>>,
    read: () => Partial<Record<Name, Reading>> | Promise<Partial<Record<Name, Reading>>>,
    maxAgeMs?: number,
  ): void;
  /** All of it, in the text format that Prometheus scrapes. */
  text(): Promise<string>;
}

export const metricsContentType = Registry.PROMETHEUS_CONTENT_TYPE;

/** A scrape waits no longer than this for anything that is asked for it. */
const lookTimeoutMs = 2_000;

/** @param component the service's name, which every series carries as `component` */
export function createMetrics(component: string): Metrics {
  const registry = new Registry();
  const looks: (() => Promise<void>)[] = [];
  const base = <L extends string>(name: string, help: string, labels: readonly L[] = []) => ({
    name,
    help,
    labelNames: labels,
    registers: [registry],
  });

  new Gauge({
    ...base("condo_build_info", "1, with what runs here as labels", ["version", "node"]),
  }).set({ version: packageJson.version, node: process.versions.node }, 1);

  return {
    counter: (name, help, labels) => new Counter(base(name, help, labels)),
    histogram: (name, help, buckets, labels) =>
      new Histogram({ ...base(name, help, labels), buckets: [...buckets] }),
    look(gauges, read, maxAgeMs = 0) {
      looks.push(createLook(gauges, read, maxAgeMs, registry));
    },
    async text() {
      await Promise.all(looks.map((look) => look()));
      const merged = Registry.merge([processRegistry(), registry]);
      merged.setDefaultLabels({ component });
      return merged.metrics();
    },
  };
}

function createLook<Name extends string>(
  gauges: Readonly<Record<Name, LookedUp>>,
  read: () => Partial<Record<Name, Reading>> | Promise<Partial<Record<Name, Reading>>>,
  maxAgeMs: number,
  registry: Registry,
): () => Promise<void> {
  const names = Object.keys(gauges) as Name[];
  const made = names.map((name) => {
    const { help, labels = [] } = gauges[name];
    const gauge = new Gauge({ name, help, labelNames: labels, registers: [registry] });
    const clear = () => {
      gauge.reset();
      // A gauge without labels stands at 0 until it is set.
      if (labels.length === 0) gauge.remove();
    };
    clear();
    return { name, gauge, clear };
  });
  let looking: Promise<void> | undefined;
  let lookedAt = -Infinity;

  async function look(): Promise<void> {
    const found = await answerWithin(lookTimeoutMs, async () => read()).catch(() => undefined);
    lookedAt = performance.now();
    for (const { name, gauge, clear } of made) {
      clear();
      const reading: Reading | undefined = found?.[name];
      if (typeof reading === "number") gauge.set(reading);
      else for (const { labels, value } of reading ?? []) gauge.set(labels, value);
    }
    looking = undefined;
  }

  return async () => {
    if (!looking && performance.now() - lookedAt < maxAgeMs) return;
    await (looking ??= look());
  };
}

let ofProcess: Registry | undefined;

/** Memory, CPU, event loop and garbage collection, which are the process's, however many services are built in it. */
function processRegistry(): Registry {
  if (!ofProcess) {
    ofProcess = new Registry();
    collectDefaultMetrics({ register: ofProcess });
  }
  return ofProcess;
}
