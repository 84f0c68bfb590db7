import { rm } from "node:fs/promises";
import { stopLeftover } from "./engine.ts";
import { homeOf } from "./home.ts";
import { postgresPlace } from "./postgres.ts";
import { redisPlace } from "./redis.ts";

/** Stops the engine that runs in `dir`, whoever started it, and removes all it kept. */
export async function removeEngine(dir: string): Promise<void> {
  const home = await homeOf(dir);
  for (const place of [postgresPlace(home), redisPlace(home)]) await stopLeftover(place);
  await rm(home, { recursive: true, force: true });
  await rm(dir, { recursive: true, force: true });
}
