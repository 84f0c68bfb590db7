import type { FastifyRateLimitStore, FastifyRateLimitStoreCtor } from "@fastify/rate-limit";
import type { RedisConnection } from "@condo/redis";

type Counted = (error: Error | null, result?: { current: number; ttl: number }) => void;

const prefix = "condo:limit:identity:";
const mostRemembered = 10_000;

const countScript = `
  local current = redis.call('INCR', KEYS[1])
  if current == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
  return {current, redis.call('PTTL', KEYS[1])}
`;

/** Counts requests in Redis, for all processes together; while Redis is away each process counts for itself. */
export function createLimitStore(redis: Pick<RedisConnection, "eval">): FastifyRateLimitStoreCtor {
  const own = createOwnCount();

  async function count(key: string, windowMs: number): Promise<{ current: number; ttl: number }> {
    try {
      const answer = (await redis.eval(countScript, 1, key, windowMs)) as [number, number];
      return { current: answer[0], ttl: answer[1] };
    } catch {
      // That Redis is away, its connection logs.
      return own(key, windowMs);
    }
  }

  return class LimitStore implements FastifyRateLimitStore {
    readonly #scope: string;

    constructor(options: object) {
      this.#scope = scopeOf(options);
    }

    incr(key: string, counted: Counted, windowMs: number): void {
      count(`${prefix}${this.#scope}${key}`, windowMs).then(
        (result) => counted(null, result),
        (error: unknown) => counted(error as Error),
      );
    }

    child(options: object): LimitStore {
      return new LimitStore(options);
    }
  };
}

/** Each route counts for itself. */
function scopeOf(options: { routeInfo?: { method?: unknown; url?: string } }): string {
  const { routeInfo } = options;
  return routeInfo ? `${String(routeInfo.method)}${routeInfo.url}-` : "";
}

function createOwnCount(): (key: string, windowMs: number) => { current: number; ttl: number } {
  const windows = new Map<string, { current: number; endsAt: number }>();
  return (key, windowMs) => {
    const now = performance.now();
    let window = windows.get(key);
    if (!window || window.endsAt <= now) {
      windows.delete(key);
      const [oldest] = windows.keys();
      if (windows.size >= mostRemembered && oldest !== undefined) windows.delete(oldest);
      window = { current: 0, endsAt: now + windowMs };
      windows.set(key, window);
    }
    window.current += 1;
    return { current: window.current, ttl: Math.ceil(window.endsAt - now) };
  };
}
