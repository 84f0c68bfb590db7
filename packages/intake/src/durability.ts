import type { Redis } from "ioredis";

/** What a Redis's acknowledgement is worth: on stable storage, lost with up to a second of power, or not known. */
export type Durability = "fsync_always" | "fsync_every_second" | "not_persistent" | "unknown";

/** Reads how Redis persists. Managed Redis often forbids the question: `unknown` then. */
export async function durabilityOf(redis: Redis): Promise<Durability> {
  try {
    const appendonly = settingOf(await redis.config("GET", "appendonly"), "appendonly");
    const appendfsync = settingOf(await redis.config("GET", "appendfsync"), "appendfsync");
    if (appendonly !== "yes") return "not_persistent";
    return appendfsync === "always" ? "fsync_always" : "fsync_every_second";
  } catch (error) {
    if (error instanceof Error && /^(ERR|NOPERM)/.test(error.message)) return "unknown";
    throw error;
  }
}

function settingOf(reply: unknown, name: string): string | undefined {
  if (Array.isArray(reply)) return String(reply[1]);
  return (reply as Record<string, string> | null)?.[name];
}
