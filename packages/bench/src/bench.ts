import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { removeEngines } from "@condo/engines";
import { type Fleet, startFleet } from "@condo/local/fleet";
import { startLoad, type Load } from "./load/load.ts";
import { profiled, type CpuProfile, profilerEnv } from "./machine/profiler.ts";
import { productionSettings } from "./production-settings.ts";

export interface BenchOptions {
  /** Where all state is kept while it runs; it is removed at the end. */
  dir: string;
  /** Small and short: to prove that it runs, never to judge by. */
  isQuick: boolean;
  /** Whether the process that matters is profiled. */
  isProfiling: boolean;
  /** Of what deliveries go to; 0 for any. */
  receiverPort: number;
  onLine: (line: string) => void;
}

/** What figures are taken with. */
export interface Bench extends BenchOptions {
  readonly rounds: number;
  /** Of one measurement. */
  readonly durationMs: number;
  readonly warmUpMs: number;
  /** What was profiled, by the part of the figure. */
  readonly profiles: ReadonlyMap<string, CpuProfile>;
  /** The services, with production's settings; started when a figure first asks. */
  fleet(): Promise<Fleet>;
  /** Another fleet, of the caller's own, which it gives to `end`. */
  freshFleet(extraEnv?: Record<string, string>): Promise<Fleet>;
  end(fleet: Fleet): Promise<void>;
  load(): Promise<Load>;
  /** Has something ended when the bench closes, if that comes before the caller takes it back. @returns takes it back */
  endsWithIt(end: () => Promise<void>): () => void;
  /**
   * Does the work, and profiles the process meanwhile if it was asked for, and not for this part of the figure before.
   *
   * @param part what the work is, where a figure has several
   */
  watch<T>(pid: number | undefined, work: () => Promise<T>, part?: string): Promise<T>;
  isClosing(): boolean;
  /** Keeps a profile that was made in another way. */
  keepProfile(profile: CpuProfile): void;
  /** Ends everything and removes its folder, whatever is under way; what is, fails. */
  close(): Promise<void>;
}

export function createBench(options: BenchOptions): Bench {
  const { dir, isQuick, isProfiling } = options;
  mkdirSync(dir, { recursive: true });
  const started: { fleet?: Promise<Fleet>; load?: Promise<Load>; closing?: Promise<void> } = {};
  const profiles = new Map<string, CpuProfile>();
  const env = {
    ...productionSettings,
    // Counted as ever, and never reached.
    LOGIN_ATTEMPTS_PER_MINUTE: "1000000",
    REQUESTS_PER_MINUTE: "1000000000",
    ACCOUNT_REQUESTS_PER_MINUTE: "1000000000",
    TENANT_REQUESTS_PER_MINUTE: "1000000000",
    ...(isProfiling && profilerEnv(dir)),
  };
  const enders = new Set<() => Promise<void>>();
  const takesBack = new WeakMap<Fleet, () => void>();
  let count = 0;

  function endsWithIt(end: () => Promise<void>): () => void {
    enders.add(end);
    return () => void enders.delete(end);
  }

  function fleetIn(name: string, extraEnv: Record<string, string> = {}): Promise<Fleet> {
    assertOpen();
    const { onLine } = options;
    const starting = startFleet({ dir: join(dir, name), port: 0, env: { ...env, ...extraEnv }, onLine });
    const takeBack = endsWithIt(async () => (await starting).close());
    void starting.then(
      (fleet) => takesBack.set(fleet, takeBack),
      // It has closed itself.
      takeBack,
    );
    return starting;
  }

  function loading(): Promise<Load> {
    assertOpen();
    const starting = startLoad(options.receiverPort);
    endsWithIt(async () => (await starting).stop());
    return starting;
  }

  function assertOpen(): void {
    if (started.closing) throw new Error("the bench is closing");
  }

  async function closeAll(): Promise<void> {
    await Promise.allSettled([...enders].map((end) => end()));
    await removeEngines(dir);
  }

  return {
    ...options,
    rounds: isQuick ? 1 : 5,
    durationMs: isQuick ? 800 : 3_000,
    warmUpMs: isQuick ? 200 : 1_000,
    profiles,
    fleet: () => (started.fleet ??= fleetIn("fleet")),
    freshFleet: (extraEnv) => fleetIn(`fleet-${++count}`, extraEnv),
    async end(fleet) {
      takesBack.get(fleet)?.();
      await fleet.close();
    },
    load: () => (started.load ??= loading()),
    endsWithIt,
    async watch(pid, work, part = "") {
      if (!isProfiling || pid === undefined || profiles.has(part)) return work();
      const { result, profile } = await profiled(dir, pid, work);
      profiles.set(part, profile);
      return result;
    },
    keepProfile: (profile) => void profiles.set("", profile),
    isClosing: () => started.closing !== undefined,
    close: () => (started.closing ??= closeAll()),
  };
}
