import { setTimeout as delay } from "node:timers/promises";
import type { Fleet } from "@condo/local/fleet";
import type { Random } from "./random.ts";

/** Something that can be killed and started again. */
interface Victim {
  name: string;
  /** The service of which it is one, or the engine. */
  kind: string;
  pid(): number | undefined;
  kill(): Promise<void>;
  start(): Promise<void>;
}

export interface KillerOptions {
  fleet: Fleet;
  random: Random;
  /** How many kills; it ends after them, or at the deadline. */
  kills: number;
  deadlineMs: number;
  /** Between one kill and the next, in milliseconds, at most. */
  longestPauseMs: number;
  /** How long a victim stays down, in milliseconds, at most. */
  longestDownMs: number;
  /** Takes what must not be, in words. */
  wrong: (what: string) => void;
}

export interface Killer {
  /** Ends when all kills are done and everything is up again. */
  done: Promise<void>;
  readonly kills: ReadonlyMap<string, number>;
  /** Who is down at this moment. */
  down(): string[];
  /** Whether a death was this killer's doing. */
  isMine(name: string): boolean;
  /** Engines that have been up for long enough to be counted on. */
  steadyEngines(): string[];
  /** What a service at this URL has to do without at this moment. */
  lacks(url: string): string[];
}

/** A stopped process answers late, not never: a connection's time limits have to hold. */
const freezeShare = 0.12;
const longestFreezeMs = 3_500;
/** Connections to an engine that was away are there again after this. */
const steadyMs = 3_000;
const weights: Record<string, number> = {
  Redis: 4,
  Postgres: 4,
  "webhook-ingest": 2,
  worker: 2,
  "tenant-api": 1,
  "identity-api": 1,
  gateway: 1,
};

/** Kills at random, with SIGKILL, and starts again what it killed. */
export function startKiller(options: KillerOptions): Killer {
  const { fleet, random } = options;
  const victims = victimsOf(fleet);
  const kills = new Map<string, number>();
  const killed = new Set<string>();
  const reviving = new Set<Promise<void>>();
  const troubledAt = new Map<string, number>();
  const [killedAt, startedAt] = [new Map<string, number>(), new Map<string, number>()];
  const engines = { Redis: fleet.redis, Postgres: fleet.postgres };
  // Each kind comes first once, whatever chance has in mind for it later.
  const first = shuffled([...new Set(victims.map(({ kind }) => kind))], random);

  async function revive(victim: Victim, afterMs: number): Promise<void> {
    await delay(afterMs);
    for (;;) {
      const begun = performance.now();
      try {
        await victim.start();
        killed.delete(victim.name);
        startedAt.set(victim.name, performance.now());
        troubledAt.set(victim.name, performance.now());
        return;
      } catch (error) {
        // It may not start while something else is down.
        const others = [...troubledAt].filter(([name, at]) => name !== victim.name && at + steadyMs > begun);
        if (others.length === 0) {
          options.wrong(
            `${victim.name} did not start though all else was there: ${(error as Error).message}`,
          );
        }
        await delay(500);
      }
    }
  }

  async function freeze(victim: Victim): Promise<void> {
    const pid = victim.pid();
    if (pid === undefined) return;
    troubledAt.set(victim.name, Infinity);
    process.kill(pid, "SIGSTOP");
    await delay(random.between(200, longestFreezeMs));
    // Nobody else kills it meanwhile.
    process.kill(pid, "SIGCONT");
    troubledAt.set(victim.name, performance.now());
  }

  async function killOne(victim: Victim): Promise<void> {
    killed.add(victim.name);
    killedAt.set(victim.name, performance.now());
    troubledAt.set(victim.name, Infinity);
    await victim.kill();
    kills.set(victim.name, (kills.get(victim.name) ?? 0) + 1);
    const revived = revive(victim, random.between(0, options.longestDownMs)).finally(() =>
      reviving.delete(revived),
    );
    reviving.add(revived);
  }

  function choose(up: readonly Victim[]): Victim | undefined {
    const next = first.findIndex((kind) => up.some((victim) => victim.kind === kind));
    const [kind] = next === -1 ? [] : first.splice(next, 1);
    const candidates = kind === undefined ? up : up.filter((victim) => victim.kind === kind);
    if (candidates.length === 0) return undefined;
    const weightOf = Object.fromEntries(candidates.map((victim) => [victim.name, weights[victim.kind] ?? 1]));
    const name = random.weighted(weightOf);
    return candidates.find((victim) => victim.name === name);
  }

  async function run(): Promise<void> {
    const deadline = performance.now() + options.deadlineMs;
    for (let count = 0; count < options.kills && performance.now() < deadline;) {
      await delay(random.between(100, options.longestPauseMs));
      const up = victims.filter((victim) => victim.pid() !== undefined && !killed.has(victim.name));
      const isFirstRound = first.length > 0;
      const victim = choose(up);
      if (!victim) continue;
      // Postgres is many processes; the others are one.
      const mayFreeze = !isFirstRound && victim.name !== "Postgres";
      if (mayFreeze && random.chance(freezeShare)) await freeze(victim);
      else {
        await killOne(victim);
        count++;
      }
    }
    while (reviving.size > 0) await Promise.all(reviving);
  }

  return {
    done: run(),
    kills,
    down: () => [...killed],
    isMine: (name) => killed.has(name),
    steadyEngines: () =>
      ["Redis", "Postgres"].filter(
        (name) => performance.now() - (troubledAt.get(name) ?? -Infinity) > steadyMs,
      ),
    lacks(url) {
      const away = (["Redis", "Postgres"] as const).filter((name) => engines[name]?.pid === undefined);
      const { name } = fleet.processes.find((service) => service.url === url) ?? {};
      const isNew = (startedAt.get(name ?? "") ?? -Infinity) > (killedAt.get("Postgres") ?? Infinity);
      return isNew && away.includes("Postgres") ? [...away, "Postgres since it started"] : away;
    },
  };
}

function shuffled<T>(list: readonly T[], random: Random): T[] {
  return list
    .map((item) => ({ item, at: random.next() }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ item }) => item);
}

function victimsOf({ processes, postgres, redis }: Fleet): Victim[] {
  const services = processes.map((service) => ({
    name: service.name,
    kind: service.name.replace(/-\d+$/, ""),
    pid: () => service.pid,
    kill: () => service.kill(),
    start: () => service.start(),
  }));
  const engines = Object.entries({ Redis: redis, Postgres: postgres }).flatMap(([name, engine]) =>
    engine
      ? [
          {
            name,
            kind: name,
            pid: () => engine.pid,
            kill: () => engine.kill(),
            start: () => engine.restart(),
          },
        ]
      : [],
  );
  return [...services, ...engines];
}
