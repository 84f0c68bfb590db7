import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { removeEngines } from "@condo/engines";
import { type Fleet, startFleet } from "@condo/local/fleet";
import { startLoad, type Load } from "./load/load.ts";
import { profiled, type CpuProfile, profilerEnv } from "./machine/profiler.ts";

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
  readonly profiles: CpuProfile[];
  /** The services, with production's settings; started when a figure first asks. */
  fleet(): Promise<Fleet>;
  /** Another fleet, of the caller's own, which it gives to `end`. */
  freshFleet(extraEnv?: Record<string, string>): Promise<Fleet>;
  end(fleet: Fleet): Promise<void>;
  load(): Promise<Load>;
  /** Does the work, and profiles the process meanwhile if it was asked for. */
  watch<T>(pid: number | undefined, work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export function createBench(options: BenchOptions): Bench {
  const { dir, isQuick, isProfiling } = options;
  mkdirSync(dir, { recursive: true });
  const started: { fleet?: Promise<Fleet>; load?: Promise<Load> } = {};
  const profiles: CpuProfile[] = [];
  const env = {
    NODE_ENV: "production",
    LOG_LEVEL: "info",
    // Counted as ever, and never reached.
    LOGIN_ATTEMPTS_PER_MINUTE: "1000000",
    REQUESTS_PER_MINUTE: "1000000000",
    ACCOUNT_REQUESTS_PER_MINUTE: "1000000000",
    TENANT_REQUESTS_PER_MINUTE: "1000000000",
    ...(isProfiling && profilerEnv(dir)),
  };
  const own = new Set<Fleet>();
  let count = 0;

  function fleetIn(fleetDir: string, extraEnv: Record<string, string> = {}): Promise<Fleet> {
    return startFleet({ dir: fleetDir, port: 0, env: { ...env, ...extraEnv }, onLine: options.onLine });
  }

  return {
    ...options,
    rounds: isQuick ? 1 : 5,
    durationMs: isQuick ? 800 : 3_000,
    warmUpMs: isQuick ? 200 : 1_000,
    profiles,
    fleet: () => (started.fleet ??= fleetIn(join(dir, "fleet"))),
    async freshFleet(extraEnv) {
      const fleet = await fleetIn(join(dir, `fleet-${++count}`), extraEnv);
      own.add(fleet);
      return fleet;
    },
    async end(fleet) {
      own.delete(fleet);
      await fleet.close();
    },
    load: () => (started.load ??= startLoad(options.receiverPort)),
    async watch(pid, work) {
      if (!isProfiling || pid === undefined || profiles.length > 0) return work();
      const { result, profile } = await profiled(dir, pid, work);
      profiles.push(profile);
      return result;
    },
    async close() {
      await (await started.load)?.stop();
      await (await started.fleet)?.close();
      for (const fleet of own) await fleet.close();
      await removeEngines(dir);
    },
  };
}
