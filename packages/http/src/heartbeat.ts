import type { Redis } from "ioredis";

const intervalMs = 2_000;
const silenceMs = 10_000;
const keptMs = 3_600_000;

function keyOf(service: string): string {
  return `condo:heartbeats:${service}`;
}

/** Tells every two seconds that this process lives, until the returned function is called, which says goodbye. */
export function startHeartbeat(
  redis: Pick<Redis, "multi" | "zrem">,
  service: string,
  instance: string,
): () => Promise<void> {
  const key = keyOf(service);
  const beat = () => {
    const now = Date.now();
    // Without Redis nobody can hear; the next beat tries again.
    redis
      .multi()
      .zadd(key, now, instance)
      .zremrangebyscore(key, "-inf", now - keptMs)
      .exec()
      .catch(() => undefined);
  };
  beat();
  const timer = setInterval(beat, intervalMs);
  return async () => {
    clearInterval(timer);
    await redis.zrem(key, instance).catch(() => undefined);
  };
}

/** The processes of a service that were heard of within the hour, and whether they still live. */
export async function heartbeats(
  redis: Pick<Redis, "zrange">,
  service: string,
): Promise<{ instance: string; lastBeat: Date; alive: boolean }[]> {
  const beats = await redis.zrange(keyOf(service), "0", "-1", "WITHSCORES");
  const found = [];
  for (let index = 0; index + 1 < beats.length; index += 2) {
    const lastBeat = new Date(Number(beats[index + 1]));
    const alive = Date.now() - lastBeat.getTime() < silenceMs;
    found.push({ instance: String(beats[index]), lastBeat, alive });
  }
  return found;
}
