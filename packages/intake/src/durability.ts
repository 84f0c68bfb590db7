import type { RedisConnection } from "@condo/redis";

/** What a Redis's acknowledgement is worth: on stable storage, lost with up to a second of writes, nothing, or not known. */
export type Durability = "fsync_always" | "fsync_every_second" | "not_persistent" | "unknown";

/** Reads how Redis persists. Managed Redis often forbids the question: `unknown` then. */
export async function durabilityOf(redis: RedisConnection): Promise<Durability> {
  try {
    const appendonly = settingOf(await redis.config("GET", "appendonly"));
    const appendfsync = settingOf(await redis.config("GET", "appendfsync"));
    if (appendonly === undefined) return "unknown";
    if (appendonly !== "yes") return "not_persistent";
    if (appendfsync === "always") return "fsync_always";
    // `no` leaves it to the kernel, which takes its time.
    return appendfsync === "everysec" ? "fsync_every_second" : "not_persistent";
  } catch (error) {
    if (error instanceof Error && /^(ERR|NOPERM)/.test(error.message)) return "unknown";
    throw error;
  }
}

function settingOf(reply: unknown): string | undefined {
  return (reply as string[])[1];
}
