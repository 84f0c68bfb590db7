import type { RedisConnection } from "@condo/redis";
import type { FastifyRateLimitStore, FastifyRateLimitStoreCtor } from "@fastify/rate-limit";

interface Count {
  current: number;
  /** Milliseconds until the window ends. */
  ttl: number;
}

type Counted = (error: Error | null, result?: Count) => void;

type Redis = Pick<RedisConnection, "eval">;

const prefix = "condo:limit:";
const mostRemembered = 50_000;
/** Into how many parts a limit is cut of which a process tells the others. */
const parts = 100;

const countScript = `
  local current = redis.call('INCRBY', KEYS[1], ARGV[2])
  if current == tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
  return {current, redis.call('PTTL', KEYS[1])}
`;

/**
 * Counts requests for all processes of a service together, in Redis; while Redis is away each process counts for itself.
 *
 * What a route says in its own `config.rateLimit` is counted to the request: of guesses in parallel no more get through
 * than are allowed. What holds for every request must not make each wait for Redis: a process counts those itself, and
 * tells Redis, and learns of the others, each time a hundredth of the limit is used up. So several processes may let
 * through a hundredth each too many.
 *
 * @param service whose counts they are
 */
export function createLimitStore(redis: Redis, service: string): FastifyRateLimitStoreCtor {
  const own = createOwnCount();
  const ahead = createCountAhead(redis);

  async function exactly(key: string, windowMs: number): Promise<Count> {
    try {
      return await countInRedis(redis, key, windowMs, 1);
    } catch {
      // That Redis is away, its connection logs.
      return own(key, windowMs);
    }
  }

  return class LimitStore implements FastifyRateLimitStore {
    readonly #scope: string;
    readonly #isExact: boolean;

    constructor(options: LimitScope) {
      const { routeInfo, name } = options;
      this.#isExact = name === undefined;
      this.#scope = `${prefix}${service}:${name ?? `${String(routeInfo?.method)}${routeInfo?.url}`}:`;
    }

    incr(key: string, counted: Counted, windowMs: number, max: number): void {
      if (!this.#isExact) {
        counted(null, ahead(this.#scope + key, windowMs, max));
        return;
      }
      exactly(this.#scope + key, windowMs).then(
        (result) => counted(null, result),
        (error: unknown) => counted(error as Error),
      );
    }

    child(options: object): LimitStore {
      return new LimitStore(options);
    }
  };
}

/** What tells one count from another: a route's own, or the name of one that holds for many routes. */
interface LimitScope {
  name?: string;
  routeInfo?: { method?: unknown; url?: string };
}

async function countInRedis(redis: Redis, key: string, windowMs: number, by: number): Promise<Count> {
  const answer = (await redis.eval(countScript, 1, key, windowMs, by)) as [number, number];
  return { current: answer[0], ttl: answer[1] };
}

interface Window {
  /** Of all processes, as far as this one knows. */
  current: number;
  /** Of those, what Redis was not told of. */
  untold: number;
  isTelling: boolean;
  endsAt: number;
}

/** Counts in memory at once, and in Redis a little later. */
function createCountAhead(redis: Redis): (key: string, windowMs: number, max: number) => Count {
  const windowOf = createWindows();

  async function tell(key: string, window: Window, windowMs: number): Promise<void> {
    const told = window.untold;
    window.isTelling = true;
    try {
      const { current, ttl } = await countInRedis(redis, key, windowMs, told);
      window.untold -= told;
      window.current = current + window.untold;
      window.endsAt = performance.now() + ttl;
    } catch {
      // Redis is away: what it was not told of, it is told of later.
    }
    window.isTelling = false;
  }

  return (key, windowMs, max) => {
    const now = performance.now();
    const window = windowOf(key, windowMs, now);
    window.current += 1;
    window.untold += 1;
    if (window.untold >= max / parts && !window.isTelling) void tell(key, window, windowMs);
    return { current: window.current, ttl: Math.ceil(window.endsAt - now) };
  };
}

function createOwnCount(): (key: string, windowMs: number) => Count {
  const windowOf = createWindows();
  return (key, windowMs) => {
    const now = performance.now();
    const window = windowOf(key, windowMs, now);
    window.current += 1;
    return { current: window.current, ttl: Math.ceil(window.endsAt - now) };
  };
}

/** The windows of many keys; past a number of them the oldest is forgotten. */
function createWindows(): (key: string, windowMs: number, now: number) => Window {
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
