import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { endWithUs } from "@condo/engines";
import { SetupProblem } from "./problem.ts";
import { takesConnections } from "./takes-connections.ts";
import { inShort, type ServiceLog } from "./service-log.ts";

export interface ServiceOptions {
  name: string;
  /** The clone that it runs from. */
  code: string;
  /** The entry file, from the top of the clone. */
  script: string;
  /** Options of Node itself. */
  nodeOptions?: readonly string[];
  port: number;
  /** A path that answers 200 when the service can do its work; without one, listening is enough. */
  readyPath?: string;
  env: NodeJS.ProcessEnv;
  log: ServiceLog;
  /** It has a new process, or none. */
  onChange(): void;
  /** It ended unasked, after it had been ready. */
  onDeath(reason: string): void;
}

export interface Service {
  readonly name: string;
  readonly url: string;
  /** Undefined while it is down. */
  readonly pid: number | undefined;
  /** Starts it, if it does not run, and waits until it is ready. */
  start(): Promise<void>;
  /** Sends a signal (SIGKILL by default) and waits until it is gone. A death like any other: it may be started again. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Ends it in good order; it stays down. */
  stop(): Promise<void>;
  /** Stops it, if it runs, and starts it. */
  restart(): Promise<void>;
}

const readyLimitMs = 60_000;
const stopLimitMs = 30_000;
const probeLimitMs = 5_000;
const pollMs = 25;

/** A service as a child process of ours. It is not started yet. */
export function createService(options: ServiceOptions): Service {
  const { name, code, script, port, env, log } = options;
  const url = `http://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  let queue: Promise<unknown> = Promise.resolve();
  const stopping = new WeakSet<ChildProcess>();

  function inTurn(work: () => Promise<void>): Promise<void> {
    const result = queue.then(work);
    queue = result.catch(() => undefined);
    return result;
  }

  async function start(): Promise<void> {
    if (child) return;
    const started = spawn(process.execPath, [...(options.nodeOptions ?? []), script], {
      cwd: code,
      env: { ...env, PORT: String(port) },
      // Its own process group: Ctrl-C on the terminal is for us, who stop services in order.
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const fate: { end?: string; isReady?: true } = {};
    started.once("error", (error) => {
      fate.end = error.message;
      // It never was, and so has no exit that could be waited for.
      if (child === started && started.pid === undefined) child = undefined;
    });
    started.once("exit", (code, signal) => {
      fate.end = signal ?? `exit code ${code}`;
      if (child === started) child = undefined;
      options.onChange();
      if (fate.isReady && !stopping.has(started)) options.onDeath(fate.end);
    });
    for (const output of [started.stdout, started.stderr]) createInterface(output).on("line", log.take);
    child = started;
    if (started.pid !== undefined) endWithUs(started, "SIGTERM");
    options.onChange();

    const deadline = Date.now() + readyLimitMs;
    while (fate.end === undefined && !(await isReady())) {
      if (Date.now() > deadline) {
        await halt();
        throw new SetupProblem(`${name} was not ready within ${readyLimitMs / 1000} s: see ${log.file}`);
      }
      await delay(pollMs);
    }
    if (fate.end !== undefined) {
      throw new SetupProblem(
        `${name} ended while it started (${fate.end}): ${lastWords(log)} (its log: ${log.file})`,
      );
    }
    fate.isReady = true;
  }

  async function isReady(): Promise<boolean> {
    if (options.readyPath === undefined) return takesConnections(port);
    try {
      const answer = await fetch(url + options.readyPath, { signal: AbortSignal.timeout(probeLimitMs) });
      await answer.body?.cancel();
      return answer.ok;
    } catch {
      return false;
    }
  }

  async function halt(): Promise<void> {
    const running = child;
    if (!running) return;
    stopping.add(running);
    const exit = once(running, "exit");
    running.kill("SIGTERM");
    const timer = setTimeout(() => running.kill("SIGKILL"), stopLimitMs);
    await exit;
    clearTimeout(timer);
  }

  async function kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    const running = child;
    if (!running) return;
    const exit = once(running, "exit");
    running.kill(signal);
    await exit;
  }

  return {
    name,
    url,
    get pid() {
      return child?.pid;
    },
    start: () => inTurn(start),
    kill: (signal) => inTurn(() => kill(signal)),
    stop: () => inTurn(halt),
    restart: () =>
      inTurn(async () => {
        await halt();
        await start();
      }),
  };
}

function lastWords(log: ServiceLog): string {
  const lines = log.tail();
  return lines.map(inShort).findLast((line) => line !== undefined) ?? "it said nothing";
}
