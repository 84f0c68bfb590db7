import { spawn, type ChildProcess } from "node:child_process";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { readIfPresent, writePrivateFile } from "./files.ts";
import type { Home } from "./home.ts";
import { freePort, isPortFree } from "./ports.ts";
import { endWithUs } from "./lifeline.ts";
import { EngineProblem } from "./problem.ts";
import { gone, killTree, runsIn, signal } from "./processes.ts";

export type ExitListener = (code: number | null, signal: NodeJS.Signals | null) => void;

/** How a running engine is known and stopped. */
export interface EnginePlace {
  dataDir: string;
  pidFile: string;
  /** The process's name, as the kernel knows it. */
  program: RegExp;
  stopSignal: "SIGINT" | "SIGTERM";
}

/** What differs between one engine and another. */
export interface EngineSpec extends EnginePlace {
  name: "Postgres" | "Redis" | "PgBouncer";
  home: Home;
  command(port: number): { file: string; args: string[]; input?: string; env?: NodeJS.ProcessEnv };
  /** Whether the engine takes commands; throws when it never will. */
  answers(port: number): Promise<boolean>;
  port?: number | undefined;
  onExit?: ExitListener | undefined;
}

export interface EngineProcess {
  readonly port: number;
  /** Undefined while it is down. */
  readonly pid: number | undefined;
  /** The folder with its data and log. */
  readonly home: string;
  /** Stops it in good order. */
  stop(): Promise<void>;
  /** SIGKILL to all of its processes, as a power cut would. Counts as a death: `onExit` is called. */
  kill(): Promise<void>;
  /** Starts it again with the same port and data, stopping it first if it runs. */
  restart(): Promise<void>;
}

const startLimitMs = 60_000;
const stopLimitMs = 20_000;
const contestLimitMs = 10_000;
const contestPollMs = 50;
const pollMs = 5;

/** Runs an engine as a child process, in place of one that an earlier run may have left behind. */
export async function runEngine(spec: EngineSpec): Promise<EngineProcess> {
  const logFile = join(spec.home.dir, `${spec.name.toLowerCase()}.log`);
  const portFile = join(spec.home.dir, "port");
  let child: ChildProcess | undefined;
  let queue: Promise<unknown> = Promise.resolve();

  function inTurn(work: () => Promise<void>): Promise<void> {
    const result = queue.then(work);
    queue = result.catch(() => undefined);
    return result;
  }

  async function choosePort(): Promise<number> {
    if (spec.port) return spec.port;
    const kept = Number(await readIfPresent(portFile));
    return kept && (await isPortFree(kept)) ? kept : freePort();
  }

  /** Resolves to the port: the one it had, unless this is its first start. */
  async function start(earlier?: number): Promise<number> {
    await stopLeftover(spec);
    const isFirst = earlier === undefined;
    const contestEnd = Date.now() + contestLimitMs;
    let port = earlier ?? (await choosePort());
    for (;;) {
      const failure = await launch(port);
      if (failure === undefined) break;
      const isPortTaken = !(await isPortFree(port));
      const mayPass = isPortTaken ? !isFirst : /pre-existing shared memory/.test(failure);
      if (isPortTaken && isFirst && !spec.port) {
        port = await freePort();
      } else if (mayPass && Date.now() < contestEnd) {
        await delay(contestPollMs);
      } else {
        const reason = isPortTaken ? `port ${port} is taken` : failure;
        throw new EngineProblem(`${spec.name} did not start: ${reason} (its log: ${logFile})`);
      }
    }
    await writePrivateFile(portFile, `${port}\n`);
    return port;
  }

  /** Spawns the engine and waits until it answers; the reason when it does not. */
  async function launch(port: number): Promise<string | undefined> {
    const log = await open(logFile, "a", 0o600);
    const { size } = await log.stat();
    const { file, args, input, env } = spec.command(port);
    const started = spawn(file, args, {
      cwd: spec.dataDir,
      // Its own process group: Ctrl-C on the terminal is for us, who stop engines last.
      detached: true,
      env: { PATH: process.env["PATH"], LC_ALL: "C", TZ: "UTC", ...env },
      stdio: ["pipe", log.fd, log.fd],
      ...spec.home.account,
    });
    const fate: { end?: string; isReady?: true } = {};
    started.once("error", (error) => (fate.end = error.message));
    started.once("exit", (code, signalName) => {
      fate.end = signalName ?? `exit code ${code}`;
      if (child === started) child = undefined;
      if (fate.isReady && !stopping.has(started)) spec.onExit?.(code, signalName);
    });
    started.stdin?.on("error", () => undefined);
    started.stdin?.end(input);
    await log.close();
    if (started.pid !== undefined && fate.end === undefined) {
      child = started;
      endWithUs(started, spec.stopSignal);
    }

    const deadline = Date.now() + startLimitMs;
    while (fate.end === undefined) {
      const isAnswering = await spec.answers(port);
      if (isAnswering && fate.end === undefined) {
        fate.isReady = true;
        return undefined;
      }
      if (Date.now() > deadline) {
        await halt();
        return `no answer within ${startLimitMs / 1000} s`;
      }
      await delay(pollMs);
    }
    return (await lastWords(logFile, size)) ?? fate.end;
  }

  const stopping = new WeakSet<ChildProcess>();

  async function halt(): Promise<void> {
    const running = child;
    if (!running?.pid) return;
    stopping.add(running);
    const exit = ended(running);
    running.kill(spec.stopSignal);
    if (await Promise.race([exit, delay(stopLimitMs, "late", { ref: false })])) {
      await killTree(running.pid);
      await exit;
    }
  }

  async function kill(): Promise<void> {
    const running = child;
    if (!running?.pid) return;
    const exit = ended(running);
    await killTree(running.pid);
    await exit;
  }

  const port = await start();

  return {
    port,
    get pid() {
      return child?.pid;
    },
    home: spec.home.dir,
    stop: () => inTurn(halt),
    kill: () => inTurn(kill),
    restart: () =>
      inTurn(async () => {
        await halt();
        await start(port);
      }),
  };
}

/** Stops the engine that a run which died left in this folder. */
export async function stopLeftover(place: EnginePlace): Promise<void> {
  const { dataDir, pidFile, program, stopSignal } = place;
  const pid = Number.parseInt((await readIfPresent(pidFile)) ?? "", 10);
  if (Number.isNaN(pid)) return;
  if (await runsIn(pid, dataDir, program)) {
    signal(pid, stopSignal);
    if (!(await gone(pid, stopLimitMs))) {
      await killTree(pid);
      await gone(pid, stopLimitMs);
    }
  }
  await rm(pidFile, { force: true });
}

function ended(child: ChildProcess): Promise<undefined> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(undefined);
    else child.once("exit", () => resolve(undefined));
  });
}

/** What the engine said since `offset` that tells best why it went. */
async function lastWords(logFile: string, offset: number): Promise<string | undefined> {
  const text = ((await readIfPresent(logFile)) ?? "").slice(offset);
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.find((line) => /FATAL|PANIC|fatal|error/i.test(line)) ?? lines.at(-1);
}
