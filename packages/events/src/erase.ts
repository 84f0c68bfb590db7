import type { RedisConnection } from "@condo/redis";
import { eventAreas, streamOf } from "./catalogue.ts";

const batchSize = 500;

/** Takes a tenant's events out of the streams. @returns how many */
export async function eraseEvents(redis: RedisConnection, tenantId: string): Promise<number> {
  let erased = 0;
  for (const stream of eventAreas.map(streamOf)) {
    let after = "-";
    for (;;) {
      const entries = await redis.xrange(stream, after, "+", "COUNT", batchSize);
      const own = entries.filter(([, fields]) => isOf(fields[1] ?? "", tenantId)).map(([id]) => id);
      if (own.length > 0) erased += await redis.xdel(stream, ...own);
      const last = entries.at(-1);
      if (!last || entries.length < batchSize) break;
      after = `(${last[0]}`;
    }
  }
  return erased;
}

/** By the envelope alone: what an event of another version says is not needed for it. */
function isOf(text: string, tenantId: string): boolean {
  try {
    return (JSON.parse(text) as { condotenant?: unknown }).condotenant === tenantId;
  } catch {
    return false;
  }
}
