import { fork, type ChildProcess } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { ShapeReply, ShapeRequest } from "./shaper-process.ts";

/** A transform can't make a body of this payload; the message says why, for the tenant to read. */
export class ShapeError extends Error {}

export interface ShaperOptions {
  /** Processes at most; they are started when they are needed. */
  processes?: number;
  /** How long one evaluation may take. */
  deadlineMs?: number;
  /** Bytes of the body that it makes. */
  outputLimit?: number;
  /** How long an expression is refused that had to be killed. */
  refusalMs?: number;
  /** Evaluations that may wait; past it they fail, to be tried again later. */
  queueLimit?: number;
}

/** Makes outgoing bodies, each evaluation bounded in time and memory. */
export interface Shaper {
  /**
   * @param event what `$event` is in the expression
   * @throws ShapeError
   */
  shape(expression: string, body: Buffer, event: Record<string, string>): Promise<Buffer>;
  close(): void;
}

const heapMb = 64;
const startLimitMs = 10_000;
const refusalsKept = 1_000;

interface Task {
  request: ShapeRequest;
  resolve: (reply: ShapeReply) => void;
}

interface Lane {
  child: ChildProcess;
  ready: boolean;
  task: Task | undefined;
  timer: NodeJS.Timeout | undefined;
  outOfTime: boolean;
}

export function createShaper(options: ShaperOptions = {}): Shaper {
  const { processes = 2, deadlineMs = 1_000, outputLimit = 512 * 1_024 } = options;
  const { refusalMs = 30_000, queueLimit = 1_000 } = options;
  const lanes = new Set<Lane>();
  const queue: Task[] = [];
  const refused = new Map<string, number>();
  let closed = false;

  function pump(): void {
    for (const lane of lanes) {
      if (!lane.ready || lane.task) continue;
      const task = queue.shift();
      if (!task) return;
      lane.task = task;
      lane.child.ref();
      lane.child.channel?.ref();
      lane.timer = setTimeout(() => kill(lane), deadlineMs);
      lane.child.send(task.request);
    }
    if (queue.length > 0 && lanes.size < processes && !closed) start();
  }

  function start(): void {
    const child = forkShaper();
    const lane: Lane = { child, ready: false, task: undefined, timer: undefined, outOfTime: false };
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
    // A message to a process that has just ended; its end is told of, too.
    child.on("error", () => undefined);
    child.on("exit", () => {
      clearTimeout(lane.timer);
      lanes.delete(lane);
      if (lane.task) {
        refuse(lane.task.request.expression);
        const reason = lane.outOfTime ? `it took more than ${deadlineMs} ms` : "it needs too much memory";
        settle(lane, { ok: false, reason });
      } else if (!lane.ready) {
        queue.shift()?.resolve({ ok: false, reason: "the process that evaluates it did not start" });
      }
      pump();
    });
  }

  function kill(lane: Lane): void {
    lane.outOfTime = true;
    lane.child.kill("SIGKILL");
  }

  function refuse(expression: string): void {
    if (refused.size >= refusalsKept) refused.clear();
    refused.set(expression, performance.now() + refusalMs);
  }

  function isRefused(expression: string): boolean {
    const until = refused.get(expression);
    if (until === undefined) return false;
    if (until > performance.now()) return true;
    refused.delete(expression);
    return false;
  }

  return {
    async shape(expression, body, event) {
      if (closed) throw new ShapeError("The transform is not evaluated: the worker is closing");
      if (isRefused(expression)) {
        throw new ShapeError("The transform is not evaluated: it took too much time or memory just now");
      }
      if (queue.length >= queueLimit) throw new ShapeError("The transform is not evaluated: too many wait");
      const payload = body.toString("utf8");
      const reply = await new Promise<ShapeReply>((resolve) => {
        queue.push({ request: { expression, payload, event, outputLimit }, resolve });
        pump();
      });
      if (reply.ok) return Buffer.from(reply.body);
      throw new ShapeError(`The transform can't be used on this payload: ${reply.reason}`);
    },
    close() {
      closed = true;
      for (const lane of lanes) lane.child.kill("SIGKILL");
      for (const task of queue.splice(0)) task.resolve({ ok: false, reason: "the worker is closing" });
    },
  };
}

function settle(lane: Lane, reply: ShapeReply): void {
  const task = lane.task;
  lane.task = undefined;
  task?.resolve(reply);
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
