import type { RedisConnection } from "@condo/redis";
import { confirmedOf } from "./shards.ts";

/** Which copies an append needs beside the master's own, so that it outlives a failover. */
export interface Replication {
  replicas: number;
  /** How long they may take to confirm, in milliseconds. */
  withinMs: number;
}

/** Too few replicas said in time that they have it. The master has it, and may lose it in a failover. */
export class Unconfirmed extends Error {
  override name = "Unconfirmed";

  constructor() {
    super("too few replicas confirmed the append");
  }
}

/** A shard whose replicas did not confirm is left alone for so long: each try would take its whole time limit. */
const heldOffMs = 1_000;

/**
 * Replication of Redis is asynchronous: a replica may take over without what its master answered last. WAIT, in the same
 * round trip, says how many replicas have received it: into memory, for Redis before 7.2 can't say whether they have
 * fsynced. So an append that was confirmed is on the master's disk and in another process, most likely on another machine.
 */
export function createConfirmation(redis: RedisConnection, { replicas, withinMs }: Replication) {
  const busy = new Set<number>();
  const heldOffUntil = new Map<number, number>();

  return {
    isBusy: (shard: number) => busy.has(shard),
    /** One at a time of a shard: WAIT blocks the connection for all that comes behind it. */
    async inTurn(shard: number, work: () => Promise<void>): Promise<void> {
      busy.add(shard);
      try {
        await work();
      } finally {
        busy.delete(shard);
      }
    },
    /** @throws Unconfirmed, without a call, for a shard whose replicas have just not confirmed */
    async call(
      shard: number,
      name: "evalsha" | "eval",
      text: string,
      keys: string[],
      args: (string | number | Buffer)[],
    ): Promise<{ answer: unknown; isConfirmed: boolean }> {
      if (performance.now() < (heldOffUntil.get(shard) ?? 0)) throw new Unconfirmed();
      const pipeline = redis.pipeline();
      pipeline[name](text, keys.length, ...keys, ...args);
      // WAIT is about this connection's own writes, and recognising a repetition is none.
      pipeline.set(confirmedOf(shard), "");
      pipeline.wait(replicas, withinMs);
      const results = await pipeline.exec();
      const [[error, answer] = [], , [, copies] = []] = results ?? [];
      if (error) {
        // A pipeline is not sent on to where a slot has moved. A command is, and the connection learns from it.
        if (error.message.startsWith("MOVED")) redis.exists(confirmedOf(shard)).catch(() => undefined);
        throw error;
      }
      const isConfirmed = Number(copies ?? 0) >= replicas;
      if (!isConfirmed) heldOffUntil.set(shard, performance.now() + heldOffMs);
      return { answer, isConfirmed };
    },
  };
}
