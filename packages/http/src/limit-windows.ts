import type { RedisConnection } from "@condo/redis";

/** How much was counted for a key in the present window, and the milliseconds until that ends. */
export interface Count {
  current: number;
  ttl: number;
}

export type CountingRedis = Pick<RedisConnection, "eval">;

export const limitPrefix = "condo:limit:";
const mostRemembered = 50_000;

const countScript = `
  local current = redis.call('INCRBY', KEYS[1], ARGV[2])
  if current == tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
  return {current, redis.call('PTTL', KEYS[1])}
`;

/** Adds to a key's count, which all processes share. @throws when Redis is away */
export async function countInRedis(
  redis: CountingRedis,
  key: string,
  windowMs: number,
  by: number,
): Promise<Count> {
  const answer = (await redis.eval(countScript, 1, key, windowMs, by)) as [number, number];
  return { current: answer[0], ttl: answer[1] };
}

export interface Window {
  /** Of all processes, as far as this one knows. */
  current: number;
  /** Of those, what Redis was not told of. */
  untold: number;
  isTelling: boolean;
  /** As `performance.now()` tells it. */
  endsAt: number;
}

/** The windows of many keys in memory; past a number of them the oldest is forgotten. */
export function createWindows(): (key: string, windowMs: number, now: number) => Window {
  const windows = new Map<string, Window>();
  return (key, windowMs, now) => {
    const known = windows.get(key);
    if (known && known.endsAt > now) return known;
    windows.delete(key);
    const [oldest] = windows.keys();
    if (windows.size >= mostRemembered && oldest !== undefined) windows.delete(oldest);
    const window = { current: 0, untold: 0, isTelling: false, endsAt: now + windowMs };
    windows.set(key, window);
    return window;
  };
}
