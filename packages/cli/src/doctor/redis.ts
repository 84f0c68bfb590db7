import { heartbeats } from "@condo/http";
import { durabilityOf, intakeLag } from "@condo/intake";
import type { RedisConnection } from "@condo/redis";
import { ago, problem, warning, well, type Check, type RedisPatient } from "./finding.ts";

const clockSkewMs = 2_000;
const memoryShare = 0.8;
const lagMs = 60_000;

/** What Redis has to be like, and what waits in it. */
export const redisChecks: Record<string, Check<RedisPatient>> = {
  async redis({ redis }) {
    const info = await redis.info("server");
    const version = /^(?:valkey|redis)_version:(\S+)/m.exec(info)?.[1] ?? "of an unknown version";
    if (Number.parseInt(version, 10) >= 7) return well("redis", `Redis ${version} answers`);
    return problem(
      "redis",
      `Redis is ${version}`,
      "Condo is made for 7 and newer",
      "Upgrade Redis, or take Valkey",
    );
  },

  async acknowledgement({ redis }) {
    const durability = await durabilityOf(redis);
    if (durability === "fsync_always") return well("acknowledgement", "Redis syncs before it acknowledges");
    if (durability === "unknown") {
      return warning(
        "acknowledgement",
        "Redis does not say how it persists",
        "Whether a 202 outlives a loss of power is not known",
        "Ask whoever runs it for appendonly yes and appendfsync always",
      );
    }
    const isLost = durability === "not_persistent";
    return problem(
      "acknowledgement",
      isLost ? "Redis keeps nothing on disk" : "Redis syncs once a second",
      isLost
        ? "A restart loses webhooks that were acknowledged"
        : "A loss of power loses a second of acknowledged webhooks",
      "CONFIG SET appendonly yes, CONFIG SET appendfsync always, and the same in redis.conf",
    );
  },

  async eviction({ redis }) {
    const policy = await setting(redis, "maxmemory-policy");
    if (policy === undefined || policy === "noeviction") return well("eviction", "Redis evicts nothing");
    return problem(
      "eviction",
      `maxmemory-policy is ${policy}`,
      "A full Redis throws away webhooks that wait, and jobs",
      "CONFIG SET maxmemory-policy noeviction",
    );
  },

  async memory({ redis }) {
    const info = await redis.info("memory");
    const read = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, "m").exec(info)?.[1] ?? 0);
    const [used, most] = [read("used_memory"), read("maxmemory")];
    const megabytes = Math.round(used / 2 ** 20);
    if (most === 0) {
      return well("memory", `Redis uses ${megabytes} MiB, and as much as its machine has`);
    }
    const what = `Redis uses ${megabytes} of ${Math.round(most / 2 ** 20)} MiB`;
    if (used / most < memoryShare) return well("memory", what);
    return problem(
      "memory",
      what,
      "A full Redis refuses writes: webhooks go to Postgres, slower",
      "Raise maxmemory, or look at what waits",
    );
  },

  async "redis clock"({ redis }) {
    const [seconds, micros] = await redis.time();
    const skew = Number(seconds) * 1_000 + Number(micros) / 1_000 - Date.now();
    if (Math.abs(skew) < clockSkewMs)
      return well("redis clock", `Redis and this machine are ${Math.abs(Math.round(skew))} ms apart`);
    return problem(
      "redis clock",
      `Redis and this machine are ${ago(Math.abs(skew))} apart`,
      "Leases and limits go by the clock",
      "Let every machine follow the same time servers",
    );
  },

  async workers({ redis }) {
    const found = await heartbeats(redis, "worker");
    const alive = found.filter((one) => one.alive).length;
    if (alive > 0) return well("workers", alive === 1 ? "One worker lives" : `${alive} workers live`);
    return problem(
      "workers",
      found.length === 0 ? "No worker was heard of within the hour" : "No worker lives any more",
      "Webhooks are accepted, but neither recorded nor delivered",
      "Start a worker; its log says why it ended",
    );
  },

  async intake({ redis, env }) {
    const shards = Number(env["INTAKE_SHARDS"] || 1);
    const lags = await Promise.all(Array.from({ length: shards }, (_, shard) => intakeLag(redis, shard)));
    const entries = lags.reduce((sum, lag) => sum + lag.entries, 0);
    const oldestMs = Math.max(...lags.map((lag) => lag.oldestAgeMs));
    if (oldestMs < lagMs) return well("intake", `${entries} accepted webhooks wait to be recorded`);
    return problem(
      "intake",
      `${entries} accepted webhooks wait to be recorded, the oldest for ${ago(oldestMs)}`,
      "They are safe, but nobody sees or gets them; past its budget the intake answers 503",
      "See that workers run and reach Postgres; add workers",
    );
  },
};

/** Undefined where Redis does not tell, as managed ones often. */
async function setting(redis: RedisConnection, name: string): Promise<string | undefined> {
  try {
    return (await redis.config("GET", name))[1];
  } catch {
    return undefined;
  }
}
