import { beforeEach } from "node:test";
import { atEnd, startTestRedis } from "@condo/testing";
import { Redis } from "ioredis";
import {
  createDrainGroup,
  decodeEntry,
  intakeStreamOf,
  readEntries,
  type IncomingEvent,
  type RawEntry,
} from "../src/index.ts";

export const stream = intakeStreamOf(0);

/** A Redis of the test file's own, whose first shard is empty, with a group, when a test begins. */
export async function startShard() {
  const engine = await startTestRedis();
  const redis = new Redis(engine.url);
  redis.on("error", () => undefined);
  atEnd(async () => redis.disconnect());
  beforeEach(async () => {
    await redis.flushall();
    await createDrainGroup(redis, 0);
  });
  return {
    engine,
    redis,
    read: (): Promise<RawEntry[]> => readEntries(redis, 0, "test", { count: 1_000, blockMs: 50 }),
  };
}

export function decoded(entries: readonly RawEntry[]): IncomingEvent[] {
  return entries.map((entry) => decodeEntry(entry.header, entry.body));
}
