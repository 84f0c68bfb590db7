import type { Bench } from "../bench.ts";
import type { Line, Plot } from "../figure.ts";
import type { LoadResult } from "../load/closed-loop.ts";
import type { RequestPlan } from "../load/requests.ts";
import { usageOf } from "../machine/usage.ts";
import { alternate, ratios } from "../rounds.ts";
import { medianOf } from "../spread.ts";
import { percent } from "./percent.ts";
import { numbersFor } from "./numbers.ts";

interface Side {
  /** Of the process that answers. */
  pid: number;
  plan: RequestPlan;
}

export interface Comparison {
  floor: Side;
  condo: Side;
  connections: number;
  /** The status that a right answer has. */
  status: number;
  /** Requests that are made ahead for each second: more than either side answers. */
  preparedPerSecond: number;
  /** Done after each of Condo's turns, unmeasured. */
  tidy?: () => Promise<void>;
}

interface Turn {
  result: LoadResult;
  /** CPU time of the server for each request, in microseconds. */
  cpuUs: number;
  /** How much of the time the server's main thread waited for a core. */
  starved: number;
}

/** Takes turns at both sides with as many requests under way as connections, and compares answers a second. */
export async function compareThroughput(
  bench: Bench,
  comparison: Comparison,
): Promise<Pick<Line, "value" | "rounds" | "notes" | "loadCores" | "plots"> & { floorValue: number }> {
  const load = await bench.load();

  async function turn({ pid, plan }: Side): Promise<Turn> {
    const [before, start] = [usageOf(pid), performance.now()];
    const result = await load.closedLoop({
      plan,
      connections: comparison.connections,
      warmUpMs: bench.warmUpMs,
      durationMs: bench.durationMs,
      firstNumber: numbersFor(1_000_000),
      prepared: Math.round((comparison.preparedPerSecond * (bench.warmUpMs + bench.durationMs)) / 1000),
    });
    assertAnswered(result, comparison.status);
    const after = usageOf(pid);
    return {
      result,
      cpuUs: ((after.cpuMs - before.cpuMs) * 1000) / result.sent,
      starved: (after.waitedMs - before.waitedMs) / (performance.now() - start),
    };
  }

  const { floor, condo } = await alternate(
    bench.rounds,
    () => turn(comparison.floor),
    async () => {
      const taken = await bench.watch(comparison.condo.pid, () => turn(comparison.condo));
      await comparison.tidy?.();
      return taken;
    },
  );
  const rateOf = (turns: Turn[]): number[] => turns.map(({ result }) => result.perSecond);
  const middle = (turns: Turn[], of: (turn: Turn) => number): number => medianOf(turns.map(of));
  return {
    value: { value: medianOf(rateOf(condo)), unit: "req/s" },
    floorValue: medianOf(rateOf(floor)),
    rounds: ratios(rateOf(condo), rateOf(floor)),
    notes: [
      `CPU a request: ${middle(condo, (turn) => turn.cpuUs).toFixed(1)} µs, the floor's ` +
        `${middle(floor, (turn) => turn.cpuUs).toFixed(1)} µs ` +
        `(ratio ${(middle(floor, (turn) => turn.cpuUs) / middle(condo, (turn) => turn.cpuUs)).toFixed(2)})`,
      `p50 ${middle(condo, ({ result }) => result.latencies.p50).toFixed(2)} ms, ` +
        `p99 ${middle(condo, ({ result }) => result.latencies.p99).toFixed(2)} ms with ${comparison.connections} connections`,
      `waited for a core: ${percent(middle(condo, (turn) => turn.starved))} of the time, ` +
        `the floor ${percent(middle(floor, (turn) => turn.starved))}`,
    ],
    loadCores: Math.max(...[...floor, ...condo].map(({ result }) => result.cpu)),
    plots: plotsOf(floor, condo),
  };
}

/** Figures of a server that refuses are figures of something else. */
function assertAnswered({ statuses, latencies }: LoadResult, status: number): void {
  const wrong = Object.entries(statuses).filter(([key]) => Number(key) !== status);
  if (wrong.length > 0 || latencies.count === 0) {
    throw new Error(`expected ${status} alone, and got ${JSON.stringify(statuses)}`);
  }
}

function plotsOf(floor: Turn[], condo: Turn[]): Plot[] {
  const sides = [
    { name: "Condo", turn: condo.at(-1) },
    { name: "floor", turn: floor.at(-1) },
  ];
  return [
    {
      title: "Answers over time, last round",
      kind: "throughput",
      x: "s",
      y: "req/s",
      series: sides.map(({ name, turn }) => ({
        name,
        points: (turn?.result.series ?? []).map((count, index) => [index / 10, count * 10]),
      })),
    },
    {
      title: "Latency under full load, last round",
      kind: "latency",
      x: "percentile",
      y: "ms",
      series: sides.map(({ name, turn }) => ({ name, points: turn?.result.latencies.curve ?? [] })),
    },
  ];
}
