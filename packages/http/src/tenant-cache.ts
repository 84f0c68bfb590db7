import { setTimeout as sleep } from "node:timers/promises";
import type { RedisConnection } from "@condo/redis";
import { newId } from "@condo/schema";
import type { z } from "zod";
import { answerWithin } from "./answer-within.ts";

/** How old what is answered may be, counted from before it was read: who hears of no change is wrong for so long. */
const goodForMs = 1_000;
/** Longer than anything is kept that was read under the generation before. */
const generationForMs = 10_000;
const firstGeneration = "0";
/** How long Redis is left alone that did not answer. */
const restMs = 1_000;
const pollMs = 15;

/** What was read under a generation that is over is not kept, nor does it displace what is. */
const storeScript = `
  if (redis.call('GET', KEYS[1]) or '${firstGeneration}') == ARGV[1] then
    redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
  end
`;

export interface TenantCache {
  /**
   * What `load` answered within the last second, to whichever process, unless the tenant has changed since; else what it
   * answers now. Of many that ask at once one loads. Without Redis, or where it is slow, it is loaded.
   *
   * @param name what of the tenant's
   * @param schema of what is loaded, which JSON can hold; what does not fit it is not taken from Redis
   * @throws what `load` throws
   */
  get: <T>(tenantId: string, name: string, schema: z.ZodType<T>, load: () => Promise<T>) => Promise<T>;
  /** After a change of the tenant's is committed: nothing that was read before is answered any more. */
  invalidate: (tenantId: string) => Promise<void>;
}

export interface TenantCacheOptions {
  /** How long Redis may take to answer, in milliseconds. */
  timeoutMs?: number;
  /** How long is waited for what another process loads, in milliseconds. */
  waitMs?: number;
  now?: () => number;
}

interface Flight {
  generation: string | null;
  begunAt: number;
  answer: Promise<unknown>;
}

type Redis = Pick<RedisConnection, "eval" | "mget" | "set" | "del">;

/**
 * Remembers, in Redis, what costs Postgres much to say of a tenant. A change moves the tenant to another generation, and
 * an entry belongs to the one that was read before its load began: so a load that a change overtook is never answered to
 * who asks after it. A generation is a random name, not a count, which an emptied Redis would begin anew.
 */
export function createTenantCache(redis: Redis, options: TenantCacheOptions = {}): TenantCache {
  const { timeoutMs = 100, waitMs = 500, now = () => performance.now() } = options;
  const flights = new Map<string, Flight>();
  let restsUntil = -Infinity;

  /** @returns undefined when Redis is away, of which its connection tells the log */
  async function ask<R>(command: () => Promise<R>): Promise<R | undefined> {
    if (now() < restsUntil) return undefined;
    try {
      return await answerWithin(timeoutMs, command);
    } catch {
      restsUntil = now() + restMs;
      return undefined;
    }
  }

  async function look<T>(keys: Keys, schema: z.ZodType<T>) {
    const answer = await ask(() => redis.mget(keys.generation, keys.entry));
    if (!answer) return undefined;
    const [generation, entry] = answer;
    const current = generation ?? firstGeneration;
    return { generation: current, found: entry ? read(entry, current, schema) : undefined };
  }

  async function loadAndStore<T>(keys: Keys, generation: string, begunAt: number, load: () => Promise<T>) {
    try {
      const value = await load();
      const left = Math.floor(goodForMs - (now() - begunAt));
      if (left > 0) {
        const entry = `${generation} ${JSON.stringify(value)}`;
        void ask(() => redis.eval(storeScript, 2, keys.generation, keys.entry, generation, entry, left));
      }
      return value;
    } catch (error) {
      void ask(() => redis.del(keys.lock(generation)));
      throw error;
    }
  }

  /** Loads, or waits for who does. */
  async function fill<T>(keys: Keys, generation: string, schema: z.ZodType<T>, load: () => Promise<T>) {
    const begunAt = now();
    for (;;) {
      const loadsAt = now();
      // Not given back after a load that went well: it ends with the entry, and who comes late finds that.
      const lock = await ask(() => redis.set(keys.lock(generation), "1", "PX", goodForMs, "NX"));
      if (lock === "OK") return loadAndStore(keys, generation, loadsAt, load);
      if (lock === undefined) return load();
      await sleep(pollMs);
      const seen = await look(keys, schema);
      if (seen?.found) return seen.found.value;
      if (seen?.generation !== generation || now() - begunAt >= waitMs) return load();
    }
  }

  return {
    async get<T>(tenantId: string, name: string, schema: z.ZodType<T>, load: () => Promise<T>): Promise<T> {
      const keys = keysOf(tenantId, name);
      const seen = await look(keys, schema);
      if (seen?.found) return seen.found.value;
      const generation = seen?.generation ?? null;
      const known = flights.get(keys.entry);
      if (known && known.generation === generation && now() - known.begunAt < goodForMs) {
        return known.answer as Promise<T>;
      }
      const begunAt = now();
      const answer = generation === null ? load() : fill(keys, generation, schema, load);
      const flight = { generation, begunAt, answer };
      flights.set(keys.entry, flight);
      const end = () => flights.get(keys.entry) === flight && flights.delete(keys.entry);
      answer.then(end, end);
      return answer;
    },

    async invalidate(tenantId) {
      const prefix = prefixOf(tenantId);
      for (const key of flights.keys()) if (key.startsWith(prefix)) flights.delete(key);
      // Asked for even while Redis rests: what it is not told stands for a second.
      const moved = answerWithin(timeoutMs, () =>
        redis.set(`${prefix}generation`, newId(), "PX", generationForMs),
      );
      await moved.catch(() => (restsUntil = now() + restMs));
    },
  };
}

interface Keys {
  generation: string;
  entry: string;
  lock: (generation: string) => string;
}

/** All of a tenant's are in one slot of a cluster. */
const prefixOf = (tenantId: string) => `condo:cache:{${tenantId}}:`;

function keysOf(tenantId: string, name: string): Keys {
  const prefix = prefixOf(tenantId);
  return {
    generation: `${prefix}generation`,
    entry: `${prefix}entry:${name}`,
    lock: (generation) => `${prefix}lock:${name}:${generation}`,
  };
}

/** @returns undefined for what is of another generation, or is not what is looked for, as of another release */
function read<T>(entry: string, generation: string, schema: z.ZodType<T>): { value: T } | undefined {
  if (!entry.startsWith(`${generation} `)) return undefined;
  try {
    const { success, data } = schema.safeParse(JSON.parse(entry.slice(generation.length + 1)));
    return success ? { value: data } : undefined;
  } catch {
    return undefined;
  }
}
