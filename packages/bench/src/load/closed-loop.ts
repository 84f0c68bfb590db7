import { setTimeout as delay } from "node:timers/promises";
import { type Connection, openConnection } from "./connection.ts";
import { createRecorder, type Latencies } from "./latencies.ts";
import { measureOwnCpu } from "./own-cpu.ts";
import { type RequestPlan, requestMaker } from "./requests.ts";

export interface ClosedLoop {
  plan: RequestPlan;
  /** As many requests are under way at once. */
  connections: number;
  /** Not counted. */
  warmUpMs: number;
  durationMs: number;
  /** It ends when so many requests were sent, if that is earlier; its rate is over the whole time all the same. */
  mostRequests?: number;
  /** Of the first request. */
  firstNumber: number;
  /** Requests that are made, and signed, before the clock runs. */
  prepared: number;
}

export interface LoadResult {
  /** Answers within the measured time, by status; 0 for a connection that broke. */
  statuses: Record<number, number>;
  /** Requests that were sent in all, warm-up included. */
  sent: number;
  /** Answers of the 2xx kind, a second. */
  perSecond: number;
  /** Answers of the 2xx kind in each tenth of a second. */
  series: number[];
  latencies: Latencies;
  /** Of this process, in cores: near 1, the load is what limits. */
  cpu: number;
}

const reconnectMs = 50;
const sliceMs = 100;

/** Each connection sends its next request when it has the answer to its last: what a server can take. */
export async function runClosedLoop(options: ClosedLoop): Promise<LoadResult> {
  const make = requestMaker(options.plan);
  const ready: (Buffer | undefined)[] = Array.from({ length: options.prepared }, (_, index) =>
    make(options.firstNumber + index),
  );
  const recorder = createRecorder();
  const statuses: Record<number, number> = {};
  const series: number[] = [];
  let sent = 0;

  const origin = new URL(options.plan.url);
  const opened = await Promise.all(Array.from({ length: options.connections }, () => openConnection(origin)));
  const from = performance.now() + options.warmUpMs;
  const until = from + options.durationMs;
  const cpuOf = measureOwnCpu(options.warmUpMs);

  async function work(first: Connection): Promise<void> {
    let connection = first;
    for (let begun = performance.now(); begun < until; begun = performance.now()) {
      if (sent >= (options.mostRequests ?? Infinity)) break;
      const index = sent++;
      const request = ready[index] ?? make(options.firstNumber + index);
      if (request === ready[index]) ready[index] = undefined;
      let status = 0;
      try {
        status = await connection.send(request);
      } catch {
        connection.close();
        await delay(reconnectMs);
        connection = await openConnection(origin).catch(() => connection);
      }
      const end = performance.now();
      if (end < from || end >= until) continue;
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (status < 200 || status > 299) continue;
      recorder.record(end - begun);
      const slice = Math.floor((end - from) / sliceMs);
      series[slice] = (series[slice] ?? 0) + 1;
    }
    connection.close();
  }

  await Promise.all(opened.map((connection) => work(connection)));
  const latencies = recorder.latencies();
  return {
    statuses,
    sent,
    perSecond: latencies.count / (options.durationMs / 1000),
    series: Array.from(series, (count) => count ?? 0),
    latencies,
    cpu: cpuOf(),
  };
}
