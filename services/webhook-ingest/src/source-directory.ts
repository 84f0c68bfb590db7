import type { Logger } from "@condo/http";
import { sourceCopyKey } from "@condo/intake";
import type { RedisConnection } from "@condo/redis";
import type { Db } from "@condo/schema";
import type { Sealer } from "@condo/secrets";
import {
  loadSource,
  prepareSource,
  sourceRecordSchema,
  type Lookup,
  type Source,
  type SourceName,
  type SourceRecord,
} from "./source-record.ts";

/** While changes are followed, memory is right until told otherwise; this bounds what a missed word could do. */
const followedMs = 60_000;
/** While changes can't be followed, memory is asked again this often. */
const unfollowedMs = 1_000;
const unknownTenantMs = 1_000;
const memoryLimit = 50_000;
const unknownsLimit = 10_000;
/** How long Redis keeps a copy for the time that Postgres is away. */
const copySeconds = 7 * 86_400;

interface Remembered {
  source: Source | null;
  tenantId: string | null;
  loadedAt: number;
}

/** Finds the source that a webhook claims to come from. */
export interface SourceDirectory {
  /**
   * From memory; else from Postgres; and while Postgres is away from what is remembered or copied to Redis.
   *
   * @throws when nobody can tell
   */
  find(name: SourceName): Promise<Source | null>;
  /** Whether memory has the answer. */
  knows(name: SourceName): boolean;
  /** Something of a tenant changed: the next webhook asks Postgres. */
  forgetTenant(tenantId: string): void;
  /** Changes may have been missed. */
  forgetAll(): void;
  /** Whether changes are being followed. */
  setFollowing(following: boolean): void;
}

export function createSourceDirectory(
  db: Db,
  redis: RedisConnection,
  sealer: Sealer,
  logger: Logger,
): SourceDirectory {
  const memory = new Map<string, Remembered>();
  // Apart, so that random names don't push out the sources that exist.
  const unknowns = new Map<string, Remembered>();
  const loading = new Map<string, Promise<Source | null>>();
  let following = false;
  // Raised by every change, so that a load which began before it is not remembered after it.
  let generation = 0;

  function fresh(key: string): Remembered | undefined {
    const entry = memory.get(key) ?? unknowns.get(key);
    if (!entry) return undefined;
    const now = Date.now();
    if (entry.source?.validUntil && entry.source.validUntil.getTime() <= now) return undefined;
    const lifeMs = entry.tenantId === null ? unknownTenantMs : following ? followedMs : unfollowedMs;
    return now - entry.loadedAt < lifeMs ? entry : undefined;
  }

  function remember(key: string, entry: Remembered): void {
    memory.delete(key);
    unknowns.delete(key);
    const [map, limit] = entry.source ? [memory, memoryLimit] : [unknowns, unknownsLimit];
    map.set(key, entry);
    if (map.size <= limit) return;
    const oldest = map.keys().next();
    if (!oldest.done) map.delete(oldest.value);
  }

  function forget(isMeant: (entry: Remembered) => boolean): void {
    generation++;
    loading.clear();
    for (const map of [memory, unknowns]) {
      for (const entry of map.values()) if (isMeant(entry)) entry.loadedAt = -Infinity;
    }
  }

  async function load(key: string, name: SourceName): Promise<Source | null> {
    const begun = generation;
    const now = new Date();
    let lookup: Lookup;
    try {
      lookup = await loadSource(db, name);
    } catch (error) {
      return whilePostgresIsAway(key, error);
    }
    const source = lookup.record && prepareSource(lookup.record, sealer, now);
    const tenantId = lookup.record ? lookup.record.tenant_id : lookup.tenantId;
    if (begun === generation) remember(key, { source, tenantId, loadedAt: now.getTime() });
    copy(key, lookup.record);
    return source;
  }

  async function whilePostgresIsAway(key: string, error: unknown): Promise<Source | null> {
    const remembered = memory.get(key);
    if (remembered?.source) return remembered.source;
    const text = await redis.get(sourceCopyKey(key)).catch(() => null);
    if (text === null) throw error;
    logger.warn({ err: error }, "postgres is away: a source is read from its copy in redis");
    const record = sourceRecordSchema.parse(JSON.parse(text));
    const source = prepareSource(record, sealer, new Date());
    remember(key, { source, tenantId: record.tenant_id, loadedAt: Date.now() });
    return source;
  }

  function copy(key: string, record: SourceRecord | null): void {
    const done = record
      ? redis.set(sourceCopyKey(key), JSON.stringify(record), "EX", copySeconds)
      : redis.del(sourceCopyKey(key));
    // Without Redis there is no copy to fall back on, and nothing else to be done.
    done.catch(() => undefined);
  }

  return {
    async find(name) {
      const key = keyOf(name);
      const remembered = fresh(key);
      if (remembered) return remembered.source;
      let found = loading.get(key);
      if (!found) {
        found = load(key, name).finally(() => loading.delete(key));
        loading.set(key, found);
      }
      return found;
    },
    knows: (name) => fresh(keyOf(name)) !== undefined,
    forgetTenant: (tenantId) => forget((entry) => entry.tenantId === tenantId),
    forgetAll: () => forget(() => true),
    setFollowing(value) {
      following = value;
    },
  };
}

function keyOf(name: SourceName): string {
  return "sourceKey" in name
    ? `key:${name.sourceKey}/${name.serviceName}`
    : `${name.tenant}/${name.serviceName}`;
}
