import { createScript, sourceCopyKey } from "@condo/intake";
import type { GapBridge, RedisConnection } from "@condo/redis";
import type { SourceName } from "@condo/schema";
import { sourceRecordSchema, type Lookup, type SourceRecord } from "./source-record.ts";

/** How long a copy is kept for the time that Postgres is away. */
const copySeconds = 7 * 86_400;

/**
 * Keeps the copy that is as of the later moment, whichever is written last. Moments of two servers, one of which was
 * restored from a backup perhaps, can't be compared: the last that is written is kept then. Answers whether it was written.
 */
const writeScript = createScript(`
local held = redis.call('HGET', KEYS[1], 'as_of')
local function server(as_of) return string.match(as_of, '^[^/]*') end
if held and held > ARGV[1] and server(held) == server(ARGV[1]) then return 0 end
if ARGV[2] == '' then
  if not held and ARGV[3] == '0' then return 1 end
  redis.call('HDEL', KEYS[1], 'record')
else
  redis.call('HSET', KEYS[1], 'record', ARGV[2])
end
redis.call('HSET', KEYS[1], 'as_of', ARGV[1])
redis.call('EXPIRE', KEYS[1], ${copySeconds})
return 1
`);

/** What was copied of a name. */
interface SourceCopy {
  /** Null where the name stood for none. */
  record: SourceRecord | null;
  asOf: string;
}

/** Copies of sources in Redis, by each name that webhooks have for them: for when Postgres can't be asked. */
export interface SourceCopies {
  read(name: SourceName): Promise<SourceCopy | null>;
  /**
   * @param options `notesAbsence` says of a name that stands for none, and has no copy, that it stands for none: lest one
   *   that was looked up before, and is written after, be taken for true. What anybody may name has no such note.
   * @returns false when there is a later copy, which is kept
   */
  write(name: SourceName, lookup: Lookup, options: { notesAbsence: boolean }): Promise<boolean>;
}

export function createSourceCopies(redis: RedisConnection, gaps: GapBridge): SourceCopies {
  async function held(name: SourceName): Promise<(string | null)[]> {
    const read = () => redis.hmget(sourceCopyKey(nameText(name)), "as_of", "record");
    const connection = gaps.connection();
    try {
      return await read();
    } catch (error) {
      if (!(await gaps.isThere(connection))) throw error;
      return read();
    }
  }

  return {
    async read(name) {
      const [asOf, text] = await held(name);
      return asOf ? { asOf, record: text ? sourceRecordSchema.parse(JSON.parse(text)) : null } : null;
    },
    async write(name, { record, asOf }, { notesAbsence }) {
      const key = sourceCopyKey(nameText(name));
      const text = record ? JSON.stringify(record) : "";
      return (await writeScript.run(redis, [key], [asOf, text, notesAbsence ? 1 : 0])) === 1;
    },
  };
}

/** A name as one string. */
export function nameText(name: SourceName): string {
  return "sourceKey" in name
    ? `key:${name.sourceKey}/${name.serviceName}`
    : `${name.tenant}/${name.serviceName}`;
}
