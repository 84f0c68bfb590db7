import type { FastifyRateLimitStore, FastifyRateLimitStoreCtor } from "@fastify/rate-limit";
import { countInRedis, createWindows, limitPrefix, type Count, type CountingRedis } from "./limit-windows.ts";

type Counted = (error: Error | null, result?: Count) => void;

/**
 * Counts what a route says in its own `config.rateLimit`, for all processes of a service together and to the request: of
 * guesses in parallel no more get through than are allowed. While Redis is away each process counts for itself.
 *
 * @param service whose counts they are
 */
export function createLimitStore(redis: CountingRedis, service: string): FastifyRateLimitStoreCtor {
  const windowOf = createWindows();

  async function count(key: string, windowMs: number): Promise<Count> {
    try {
      return await countInRedis(redis, key, windowMs, 1);
    } catch {
      // That Redis is away, its connection logs.
      const now = performance.now();
      const window = windowOf(key, windowMs, now);
      window.current += 1;
      return { current: window.current, ttl: Math.ceil(window.endsAt - now) };
    }
  }

  return class LimitStore implements FastifyRateLimitStore {
    readonly #scope: string;

    constructor({ routeInfo }: { routeInfo?: { method?: unknown; url?: string } }) {
      this.#scope = `${limitPrefix}${service}:${String(routeInfo?.method)}${routeInfo?.url}:`;
    }

    incr(key: string, counted: Counted, windowMs: number): void {
      count(this.#scope + key, windowMs).then(
        (result) => counted(null, result),
        (error: unknown) => counted(error as Error),
      );
    }

    child(options: object): LimitStore {
      return new LimitStore(options);
    }
  };
}
