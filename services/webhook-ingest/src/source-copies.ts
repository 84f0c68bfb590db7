import { sourceCopyKey } from "@condo/intake";
import type { RedisConnection } from "@condo/redis";
import type { SourceName } from "@condo/schema";
import { sourceRecordSchema, type SourceRecord } from "./source-record.ts";

/** How long a copy is kept for the time that Postgres is away. */
const copySeconds = 7 * 86_400;

/** Copies of sources in Redis, by each name that webhooks have for them: for when Postgres can't be asked. */
export interface SourceCopies {
  read(name: SourceName): Promise<SourceRecord | null>;
  /** @param record null where the name stands for none */
  write(name: SourceName, record: SourceRecord | null): Promise<void>;
}

export function createSourceCopies(redis: RedisConnection): SourceCopies {
  return {
    async read(name) {
      const text = await redis.get(sourceCopyKey(nameText(name)));
      return text === null ? null : sourceRecordSchema.parse(JSON.parse(text));
    },
    async write(name, record) {
      const key = sourceCopyKey(nameText(name));
      await (record ? redis.set(key, JSON.stringify(record), "EX", copySeconds) : redis.del(key));
    },
  };
}

/** A name as one string. */
export function nameText(name: SourceName): string {
  return "sourceKey" in name
    ? `key:${name.sourceKey}/${name.serviceName}`
    : `${name.tenant}/${name.serviceName}`;
}
