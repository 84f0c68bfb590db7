import { createHash } from "node:crypto";
import type { RedisConnection } from "@condo/redis";

type Argument = string | number | Buffer;

/** A script that Redis runs; it is sent whole only to a server that does not know it. */
export interface Script {
  run(redis: RedisConnection, keys: readonly string[], args: readonly Argument[]): Promise<unknown>;
  /** As `run`, with bytes for text in the answer. */
  runBuffer(redis: RedisConnection, keys: readonly string[], args: readonly Argument[]): Promise<unknown>;
}

export function createScript(text: string): Script {
  const sha = createHash("sha1").update(text).digest("hex");

  async function run(call: (command: string, script: string) => Promise<unknown>): Promise<unknown> {
    try {
      return await call("EVALSHA", sha);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error;
      return call("EVAL", text);
    }
  }

  return {
    run: (redis, keys, args) =>
      run((command, script) => redis.call(command, script, keys.length, ...keys, ...args)),
    runBuffer: (redis, keys, args) =>
      run((command, script) => redis.callBuffer(command, script, keys.length, ...keys, ...args)),
  };
}
