import { setTimeout as delay } from "node:timers/promises";
import { type Connection, openConnection } from "./connection.ts";
import { createRecorder, type Latencies } from "./latencies.ts";
import { measureOwnCpu } from "./own-cpu.ts";
import type { Receiver } from "./receiver.ts";
import { type RequestPlan, requestMaker } from "./requests.ts";

export interface DeliveryLoop {
  plan: RequestPlan;
  /** A fixed rate, whatever the answers take; or as many events under way at once, sent or not yet delivered. */
  pace: { perSecond: number } | { window: number };
  /** Requests under way at once at most; at a fixed rate, one that finds none free waits, and its wait counts. */
  connections: number;
  warmUpMs: number;
  durationMs: number;
  /** How long what is not delivered at the end is waited for. */
  settleMs: number;
  firstNumber: number;
}

export interface DeliveryResult {
  statuses: Record<number, number>;
  sent: number;
  /** From when a request was due to when it left: for want of a connection, or of a core for the load. */
  lateness: Latencies;
  /** From when a request was due to its answer. */
  answers: Latencies;
  /** From when a request was due to its first arrival at the receiver. */
  deliveries: Latencies;
  /** First arrivals within the measured time, a second. */
  deliveredPerSecond: number;
  /** First arrivals in each tenth of a second. */
  series: number[];
  /** Accepted, and not delivered by the end. */
  missing: number;
  /** Arrivals of what had arrived before. */
  repeated: number;
  cpu: number;
}

const sliceMs = 100;
const settlePollMs = 20;

/** Sends requests, and watches the webhooks among them arrive, on one clock. */
export async function runDeliveryLoop(options: DeliveryLoop, receiver: Receiver): Promise<DeliveryResult> {
  const make = requestMaker(options.plan);
  const [lateness, answers, deliveries] = [createRecorder(), createRecorder(), createRecorder()];
  const statuses: Record<number, number> = {};
  const series: number[] = [];
  /** When each number was due; NaN once it has arrived. */
  const due: number[] = [];
  const counts = { answered: 0, accepted: 0, arrived: 0, repeated: 0, refused: 0 };
  const wake = { sender: undefined as (() => void) | undefined };

  const origin = new URL(options.plan.url);
  const idle: Connection[] = await Promise.all(
    Array.from({ length: options.connections }, () => openConnection(origin)),
  );
  const open = new Set(idle);
  const start = performance.now();
  const from = start + options.warmUpMs;
  const until = from + options.durationMs;
  const cpuOf = measureOwnCpu(options.warmUpMs);
  const isMeasured = (dueAt: number): boolean => dueAt >= from && dueAt < until;

  receiver.onArrival = (n) => {
    const index = n - options.firstNumber;
    const dueAt = due[index];
    if (dueAt === undefined) return;
    if (Number.isNaN(dueAt)) {
      counts.repeated++;
      return;
    }
    due[index] = Number.NaN;
    counts.arrived++;
    const now = performance.now();
    if (isMeasured(dueAt)) deliveries.record(now - dueAt);
    if (now >= from && now < until) {
      const slice = Math.floor((now - from) / sliceMs);
      series[slice] = (series[slice] ?? 0) + 1;
    }
    wake.sender?.();
  };

  async function send(connection: Connection, index: number, dueAt: number): Promise<void> {
    let status = 0;
    let next = connection;
    try {
      status = await connection.send(make(options.firstNumber + index));
    } catch {
      open.delete(connection);
      next = await openConnection(origin).catch(() => connection);
      open.add(next);
    }
    counts.answered++;
    if (status >= 200 && status <= 299) counts.accepted++;
    else counts.refused++;
    if (isMeasured(dueAt)) {
      statuses[status] = (statuses[status] ?? 0) + 1;
      answers.record(performance.now() - dueAt);
    }
    idle.push(next);
    wake.sender?.();
  }

  const { pace } = options;
  const dueOf = (index: number): number | undefined => {
    if ("perSecond" in pace) return start + (index * 1000) / pace.perSecond;
    const underWay = index - counts.arrived - counts.refused;
    return underWay < pace.window ? performance.now() : undefined;
  };
  let index = 0;
  while (performance.now() < until) {
    const dueAt = dueOf(index);
    const waitMs = dueAt === undefined ? until - performance.now() : dueAt - performance.now();
    const connection = waitMs > 0 && dueAt !== undefined ? undefined : idle.at(-1);
    if (dueAt === undefined || !connection || waitMs > 0) {
      await woken(wake, Math.max(0, dueAt !== undefined && waitMs > 0 ? waitMs : until - performance.now()));
      continue;
    }
    idle.pop();
    due[index] = dueAt;
    if (isMeasured(dueAt)) lateness.record(performance.now() - dueAt);
    void send(connection, index, dueAt);
    index++;
  }

  const sent = index;
  const deadline = performance.now() + options.settleMs;
  const cpu = cpuOf();
  const isWaiting = (): boolean =>
    counts.answered < sent || (options.plan.kind === "webhook" && counts.arrived < counts.accepted);
  while (isWaiting() && performance.now() < deadline) await delay(settlePollMs);
  receiver.onArrival = undefined;
  for (const connection of open) connection.close();
  return {
    statuses,
    sent,
    lateness: lateness.latencies(),
    answers: answers.latencies(),
    deliveries: deliveries.latencies(),
    deliveredPerSecond: series.reduce((sum, count) => sum + (count ?? 0), 0) / (options.durationMs / 1000),
    series: Array.from(series, (count) => count ?? 0),
    missing: Math.max(0, counts.accepted - counts.arrived),
    repeated: counts.repeated,
    cpu,
  };
}

/** Until an answer or an arrival wakes the sender, or a time is over. */
function woken(wake: { sender: (() => void) | undefined }, withinMs: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      wake.sender = undefined;
      resolve();
    };
    const timer = setTimeout(done, withinMs);
    wake.sender = done;
  });
}
