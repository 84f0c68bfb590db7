import { fork, type ChildProcess } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { ShapeReply, ShapeRequest } from "./shaper-process.ts";
import { createTurns } from "./turns.ts";

/** A transform can't make a body of this payload; the message says why, for the tenant to read. */
export class ShapeError extends Error {}

/** A transform was not evaluated, for no reason of its own: it may be later. */
export class NotShaped extends Error {}

interface ShaperOptions {
  /** Processes at most; they are started when they are needed. */
  processes?: number;
  /** How long one evaluation may take. */
  deadlineMs?: number;
  /** How long it may wait for its turn. */
  waitMs?: number;
  /** Bytes of the body that it makes. */
  outputLimit?: number;
  /** How long an expression is refused that had to be killed. */
  refusalMs?: number;
}

interface Shaping {
  tenantId: string;
  expression: string;
  /** JSON. */
  body: Buffer;
  /** What `$event` is in the expression. */
  event: Record<string, string>;
  /** Ends it, waiting or not. */
  signal?: AbortSignal;
}

/** Makes outgoing bodies, each evaluation bounded in time and memory; tenants take turns. */
export interface Shaper {
  /**
   * Takes no longer than {@link shapingMs}, by default.
   *
   * @throws ShapeError; NotShaped when its turn did not come in time, or the shaper closes; the reason of its signal
   */
  shape(shaping: Shaping): Promise<Buffer>;
  close(): void;
}

const evaluationMs = 1_000;
const turnMs = 4_000;
/** How long a shaper without options takes over a body at most: the wait for its turn, and the evaluation. */
export const shapingMs = turnMs + evaluationMs;

const heapMb = 64;
const startLimitMs = 10_000;
const refusalsKept = 1_000;

interface Task extends Shaping {
  resolve: (body: Buffer) => void;
  reject: (error: Error) => void;
}

interface Lane {
  child: ChildProcess;
  ready: boolean;
  task: Task | undefined;
  begunAt: number;
  timer: NodeJS.Timeout | undefined;
  outOfTime: boolean;
}

export function createShaper(options: ShaperOptions = {}): Shaper {
  const { processes = 2, deadlineMs = evaluationMs, waitMs = turnMs } = options;
  const { outputLimit = 512 * 1_024, refusalMs = 30_000 } = options;
  const lanes = new Set<Lane>();
  const turns = createTurns<Task>(deadlineMs);
  const refused = new Map<string, number>();
  let closed = false;

  function pump(): void {
    for (const lane of lanes) {
      if (!lane.ready || lane.task) continue;
      const task = nextTask();
      if (!task) return;
      const { expression, body, event } = task;
      lane.task = task;
      lane.begunAt = performance.now();
      lane.child.ref();
      lane.child.channel?.ref();
      lane.timer = setTimeout(() => kill(lane), deadlineMs);
      lane.child.send({
        expression,
        payload: body.toString("utf8"),
        event,
        outputLimit,
      } satisfies ShapeRequest);
    }
    if (turns.isAwaited() && lanes.size < processes && !closed) start();
  }

  function nextTask(): Task | undefined {
    for (;;) {
      const task = turns.next();
      if (!task || !isRefused(task)) return task;
      turns.end(task, 0);
      task.reject(refusal());
    }
  }

  function start(): void {
    let child: ChildProcess;
    try {
      child = forkShaper();
    } catch {
      notStarted();
      return;
    }
    const lane: Lane = {
      child,
      ready: false,
      task: undefined,
      begunAt: 0,
      timer: undefined,
      outOfTime: false,
    };
    lanes.add(lane);
    lane.timer = setTimeout(() => kill(lane), startLimitMs);
    child.on("message", (message: "ready" | ShapeReply) => {
      clearTimeout(lane.timer);
      if (message === "ready") lane.ready = true;
      else settle(lane, message);
      child.unref();
      child.channel?.unref();
      pump();
    });
    child.on("error", () => {
      // One that could not be made has no end. Otherwise it is a message to one that has just ended, which is told of, too.
      if (child.pid === undefined) ended(lane);
    });
    child.on("exit", () => ended(lane));
  }

  function ended(lane: Lane): void {
    clearTimeout(lane.timer);
    lanes.delete(lane);
    if (lane.task) {
      refuse(lane.task);
      const reason = lane.outOfTime ? `it took more than ${deadlineMs} ms` : "it needs too much memory";
      settle(lane, { ok: false, reason });
    } else if (!lane.ready) notStarted();
    pump();
  }

  /** One is told of it, so that trying comes to an end. */
  function notStarted(): void {
    const task = turns.next();
    if (!task) return;
    turns.end(task, 0);
    task.reject(unusable("the process that evaluates it did not start"));
  }

  function settle(lane: Lane, reply: ShapeReply): void {
    const { task, begunAt } = lane;
    lane.task = undefined;
    if (!task) return;
    turns.end(task, performance.now() - begunAt);
    if (reply.ok) task.resolve(Buffer.from(reply.body));
    else task.reject(unusable(reply.reason));
  }

  function kill(lane: Lane): void {
    lane.outOfTime = true;
    lane.child.kill("SIGKILL");
  }

  function refuse(shaping: Shaping): void {
    if (refused.size >= refusalsKept) refused.clear();
    refused.set(refusalKey(shaping), performance.now() + refusalMs);
  }

  function isRefused(shaping: Shaping): boolean {
    const key = refusalKey(shaping);
    const until = refused.get(key);
    if (until === undefined) return false;
    if (until > performance.now()) return true;
    refused.delete(key);
    return false;
  }

  return {
    async shape(shaping) {
      const { signal } = shaping;
      signal?.throwIfAborted();
      if (closed) throw closing();
      if (isRefused(shaping)) throw refusal();
      const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
      const task: Task = { ...shaping, resolve, reject };
      const timer = setTimeout(() => {
        if (turns.remove(task)) reject(new NotShaped("The transform's turn did not come in time"));
      }, waitMs);
      const giveUp = () => {
        turns.remove(task);
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", giveUp);
      turns.add(task);
      pump();
      try {
        return await promise;
      } finally {
        clearTimeout(timer);
        signal?.removeEventListener("abort", giveUp);
      }
    },
    close() {
      closed = true;
      for (const { child, task } of lanes) {
        child.kill("SIGKILL");
        task?.reject(closing());
      }
      for (const task of turns.clear()) task.reject(closing());
    },
  };
}

function refusalKey({ tenantId, expression }: Shaping): string {
  return `${tenantId} ${expression}`;
}

function refusal(): ShapeError {
  return new ShapeError("The transform is not evaluated: it took too much time or memory just now");
}

function unusable(reason: string): ShapeError {
  return new ShapeError(`The transform can't be used on this payload: ${reason}`);
}

function closing(): NotShaped {
  return new NotShaped("The transform is not evaluated: the worker is closing");
}

const script = fileURLToPath(new URL("./shaper-process.ts", import.meta.url));
const readable = [dirname(dirname(script)), dirname(fileURLToPath(import.meta.resolve("jsonata")))];

function forkShaper(): ChildProcess {
  return fork(script, {
    execArgv: [
      `--max-old-space-size=${heapMb}`,
      "--disallow-code-generation-from-strings",
      "--permission",
      ...readable.map((folder) => `--allow-fs-read=${folder}/*`),
    ],
    env: {},
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
}
