import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeEngines, startRedis, type RedisEngine } from "@condo/engines";
import { atEnd } from "./cleanup.ts";

/** A Redis of a suite's own, fsync always, which the suite may empty and kill; gone at the end of the file. */
export async function startTestRedis(): Promise<RedisEngine> {
  const dir = await mkdtemp(join(tmpdir(), "condo-test-redis-"));
  const redis = await startRedis({ dir });
  atEnd(async () => {
    await removeEngines(dir);
  });
  return redis;
}
