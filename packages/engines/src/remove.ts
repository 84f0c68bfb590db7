import { globSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { stopLeftover } from "./engine.ts";
import { homeOf, markerName } from "./home.ts";
import { pgbouncerPlace } from "./pgbouncer.ts";
import { postgresPlace } from "./postgres.ts";
import { redisPlace } from "./redis.ts";

const traces = `{${markerName},data/postmaster.pid,data/redis.pid,data/pgbouncer.pid}`;
/** A glob's `**` passes over folders whose name begins with a dot, as that of an installation does. */
const patterns = [`**/${traces}`, `**/.condo/**/${traces}`];

/** Stops the engines that run in `dir` or below it, whoever started them, and removes all that is there. */
export async function removeEngines(dir: string): Promise<void> {
  const traced = globSync(patterns, { cwd: dir }).map((trace) => join(dir, trace));
  const folders = traced.map((trace) => (trace.endsWith(".pid") ? dirname(dirname(trace)) : dirname(trace)));
  for (const folder of new Set(folders)) {
    const home = await homeOf(folder);
    for (const place of [pgbouncerPlace(home), postgresPlace(home), redisPlace(home)])
      await stopLeftover(place);
    // A file that an ending process made meanwhile keeps its folder from being removed: it is looked through again.
    await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
  await rm(dir, { recursive: true, force: true });
}
