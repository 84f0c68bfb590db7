import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** A profile as Node leaves it. */
export interface CpuProfile {
  nodes: {
    id: number;
    callFrame: { functionName: string; url: string; lineNumber: number };
    children?: number[];
  }[];
  samples: number[];
  timeDeltas: number[];
}

const startMs = 300;
const pollMs = 50;
const limitMs = 30_000;

/** What a process needs in its environment to be profiled. */
export function profilerEnv(dir: string): Record<string, string> {
  const hook = new URL("./profile-hook.ts", import.meta.url);
  return { NODE_OPTIONS: `--import=${hook.href}`, CONDO_PROFILE_DIR: dir };
}

/** Profiles a process, which was started with `profilerEnv`, while `work` is done. */
export async function profiled<T>(
  dir: string,
  pid: number,
  work: () => Promise<T>,
): Promise<{ result: T; profile: CpuProfile }> {
  const file = join(dir, `${pid}.cpuprofile`);
  rmSync(file, { force: true });
  process.kill(pid, "SIGIO");
  await delay(startMs);
  const result = await work();
  process.kill(pid, "SIGIO");
  for (const deadline = Date.now() + limitMs; ; await delay(pollMs)) {
    const profile = existsSync(file) && parsed(readFileSync(file, "utf8"));
    if (profile) {
      rmSync(file);
      return { result, profile };
    }
    if (Date.now() > deadline) throw new Error(`process ${pid} left no profile`);
  }
}

function parsed(text: string): CpuProfile | undefined {
  try {
    return JSON.parse(text) as CpuProfile;
  } catch {
    return undefined;
  }
}

/** Functions by the time spent in themselves, as parts of the time that the process was not idle. */
export function hottest(profile: CpuProfile, count: number): { name: string; part: number }[] {
  const spent = spentByFunction(profile);
  const busy = busyUs(profile);
  return [...spent]
    .sort(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([name, us]) => ({ name, part: us / busy }));
}

/** How long the process was at work, in microseconds. */
export function busyUs(profile: CpuProfile): number {
  return [...spentByFunction(profile).values()].reduce((sum, us) => sum + us, 0);
}

function spentByFunction(profile: CpuProfile): Map<string, number> {
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const spent = new Map<string, number>();
  for (const [index, id] of profile.samples.entries()) {
    const frame = frames.get(id);
    if (!frame || frame.functionName === "(idle)" || frame.functionName === "(program)") continue;
    const place = frame.url.replace(/^.*\/(node_modules|packages|services)\//, "");
    const name = `${frame.functionName || "(anonymous)"} ${place}${place ? `:${frame.lineNumber + 1}` : ""}`;
    spent.set(name, (spent.get(name) ?? 0) + (profile.timeDeltas[index] ?? 0));
  }
  return spent;
}
