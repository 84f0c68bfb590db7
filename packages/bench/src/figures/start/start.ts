import { fork } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { removeEngines } from "@condo/engines";
import type { Bench } from "../../bench.ts";
import type { Figure, Line } from "../../figure.ts";
import { busyUs, type CpuProfile } from "../../machine/profiler.ts";
import { alternate, ratios } from "../../rounds.ts";
import { medianOf } from "../../spread.ts";

/** Seconds until the first webhook was acknowledged. */
interface Starts {
  first: number;
  again: number;
}

/** P8: how long it takes from the start to the first webhook that is acknowledged. */
export const start: Figure = {
  id: "P8",
  title: "start",
  seconds: { full: 45, quick: 14 },
  async take(bench) {
    let count = 0;
    async function startTwice(name: string, script: string): Promise<Starts> {
      const dir = join(bench.dir, `start-${++count}`);
      const first = await secondsToFirstAnswer(bench, script, dir);
      const again = await secondsToFirstAnswer(bench, script, dir);
      await removeEngines(dir);
      bench.onLine(`  ${name} started in ${first.toFixed(1)} s, again in ${again.toFixed(1)} s`);
      return { first, again };
    }
    const { floor, condo } = await alternate(
      bench.isQuick ? 1 : 3,
      () => startTwice("the floor", "./floor.ts"),
      () => startTwice("Condo", "./first-start.ts"),
    );
    if (bench.isProfiling) await profileStart(bench);
    const lineOf = (part: keyof Starts, what: string, atMost: number): Line => {
      const [seconds, floors] = [condo.map((starts) => starts[part]), floor.map((starts) => starts[part])];
      return {
        what: `to the first 202, ${what}`,
        value: { value: medianOf(seconds), unit: "s" },
        floor: {
          name: "both engines, and a bare Fastify that verifies",
          value: medianOf(floors),
          unit: "s",
          isLeast: true,
        },
        rounds: seconds,
        unit: "s",
        ratios: ratios(seconds, floors),
        goal: { atMost },
        how: "a process of its own starts engines, schema and services, registers a tenant and posts a signed webhook",
        notes: ["after installation: bringing Node, packages and engines from the network is not in it"],
      };
    };
    return [lineOf("first", "the first time", 15), lineOf("again", "again", 5)];
  },
};

/** Profiles each service from its start to its end, and keeps what was busiest: the others wait for less. */
async function profileStart(bench: Bench): Promise<void> {
  const [dir, profiles] = [join(bench.dir, "start-profiled"), join(bench.dir, "profiles")];
  const options = `--cpu-prof --cpu-prof-dir=${profiles}`;
  await secondsToFirstAnswer(bench, "./first-start.ts", dir, { SERVICE_OPTIONS: options });
  const kept = readdirSync(profiles).map((name) => readFileSync(join(profiles, name), "utf8"));
  const busiest = kept
    .map((text) => JSON.parse(text) as CpuProfile)
    .toSorted((a, b) => busyUs(b) - busyUs(a));
  if (busiest[0]) bench.keepProfile(busiest[0]);
  await removeEngines(dir);
}

async function secondsToFirstAnswer(
  bench: Bench,
  script: string,
  dir: string,
  extraEnv: Record<string, string> = {},
): Promise<number> {
  const begun = performance.now();
  const child = fork(fileURLToPath(new URL(script, import.meta.url)), {
    env: { ...process.env, ...extraEnv, FLEET_DIR: dir, NODE_COMPILE_CACHE: join(dir, "compile-cache") },
  });
  const exit = once(child, "exit");
  const end = async (): Promise<void> => {
    if (child.connected) child.disconnect();
    await exit;
  };
  const takeBack = bench.endsWithIt(end);
  const [message] = (await Promise.race([once(child, "message"), exit])) as [{ status?: string } | number];
  const seconds = (performance.now() - begun) / 1000;
  if (typeof message !== "object" || message?.status !== "202") {
    throw new Error(`the start came to ${JSON.stringify(message)}`);
  }
  takeBack();
  await end();
  return seconds;
}
