import { createHash } from "node:crypto";
import { answerWithin, heartbeats, type Logger } from "@condo/http";
import type { RedisConnection } from "@condo/redis";

/** This worker's place among those that live. */
export interface Crew {
  /**
   * The part of a limit that falls to this worker. The parts of all workers add up to the limit, so it holds for them
   * together without a word between them; small limits of different keys fall to different workers.
   */
  shareOf(limit: number, key: string): number;
  /** Looks who else lives. While Redis is away the place stays what it was. */
  refresh(): Promise<void>;
}

/** Deliveries go on while Redis is away: whoever waits for this has Postgres to ask as well. */
const lookMs = 1_000;

export function createCrew(redis: RedisConnection, instance: string, logger: Logger): Crew {
  let place = { index: 0, count: 1 };
  let looking: ReturnType<typeof heartbeats> | undefined;
  /** A look waits for Redis as long as it takes: one at a time, or they would pile up. */
  const look = () => (looking ??= heartbeats(redis, "worker").finally(() => (looking = undefined)));
  return {
    shareOf: (limit, key) => share(limit, key, place),
    async refresh() {
      try {
        const names = (await answerWithin(lookMs, look))
          .filter(({ alive, instance: name }) => alive || name === instance)
          .map(({ instance: name }) => name)
          .toSorted();
        const index = names.indexOf(instance);
        place = index < 0 ? { index: 0, count: 1 } : { index, count: names.length };
      } catch (err) {
        logger.debug({ err }, "the other workers could not be counted");
      }
    },
  };
}

export function share(limit: number, key: string, place: { index: number; count: number }): number {
  if (place.count === 1) return limit;
  const offset = createHash("sha256").update(key).digest().readUInt16BE(0);
  const turn = (place.index + offset) % place.count;
  return Math.floor(limit / place.count) + (turn < limit % place.count ? 1 : 0);
}
