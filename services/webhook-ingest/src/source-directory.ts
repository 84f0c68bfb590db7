import type { Db } from "@condo/schema";
import type { Sealer } from "@condo/secrets";
import type { Redis } from "ioredis";
import type { Logger } from "@condo/http";
import {
  loadSource,
  prepareSource,
  sourceRecordSchema,
  type Lookup,
  type Source,
  type SourceRecord,
} from "./source-record.ts";

/** While changes are followed, memory is right until told otherwise; this bounds what a missed word could do. */
const followedMs = 60_000;
/** While changes can't be followed, memory is asked again this often. */
const unfollowedMs = 1_000;
const unknownTenantMs = 1_000;
const memoryLimit = 50_000;
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
   * @param tenantReference slug or id
   * @throws when nobody can tell
   */
  find(tenantReference: string, serviceName: string): Promise<Source | null>;
  /** Something of a tenant changed: the next webhook asks Postgres. */
  forgetTenant(tenantId: string): void;
  /** Changes may have been missed. */
  forgetAll(): void;
  /** Whether changes are being followed. */
  setFollowing(following: boolean): void;
}

export function createSourceDirectory(db: Db, redis: Redis, sealer: Sealer, logger: Logger): SourceDirectory {
  const memory = new Map<string, Remembered>();
  const loading = new Map<string, Promise<Source | null>>();
  let following = false;
  // Raised by every change, so that a load which began before it is not remembered after it.
  let generation = 0;

  function isFresh(entry: Remembered, now: number): boolean {
    if (entry.source?.validUntil && entry.source.validUntil.getTime() <= now) return false;
    const lifeMs = entry.tenantId === null ? unknownTenantMs : following ? followedMs : unfollowedMs;
    return now - entry.loadedAt < lifeMs;
  }

  function remember(key: string, entry: Remembered): void {
    memory.delete(key);
    memory.set(key, entry);
    if (memory.size <= memoryLimit) return;
    const oldest = memory.keys().next();
    if (!oldest.done) memory.delete(oldest.value);
  }

  async function load(key: string, tenantReference: string, serviceName: string): Promise<Source | null> {
    const begun = generation;
    const now = new Date();
    let lookup: Lookup;
    try {
      lookup = await loadSource(db, tenantReference, serviceName);
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
    const text = await redis.get(copyKey(key)).catch(() => null);
    if (text === null) throw error;
    logger.warn({ err: error }, "postgres is away: a source is read from its copy in redis");
    const record = sourceRecordSchema.parse(JSON.parse(text));
    const source = prepareSource(record, sealer, new Date());
    remember(key, { source, tenantId: record.tenant_id, loadedAt: Date.now() });
    return source;
  }

  function copy(key: string, record: SourceRecord | null): void {
    const done = record
      ? redis.set(copyKey(key), JSON.stringify(record), "EX", copySeconds)
      : redis.del(copyKey(key));
    // Without Redis there is no copy to fall back on, and nothing else to be done.
    done.catch(() => undefined);
  }

  return {
    async find(tenantReference, serviceName) {
      const key = `${tenantReference}/${serviceName}`;
      const remembered = memory.get(key);
      if (remembered && isFresh(remembered, Date.now())) return remembered.source;
      let found = loading.get(key);
      if (!found) {
        found = load(key, tenantReference, serviceName).finally(() => loading.delete(key));
        loading.set(key, found);
      }
      return found;
    },
    forgetTenant(tenantId) {
      generation++;
      loading.clear();
      for (const entry of memory.values()) if (entry.tenantId === tenantId) entry.loadedAt = -Infinity;
    },
    forgetAll() {
      generation++;
      loading.clear();
      for (const entry of memory.values()) entry.loadedAt = -Infinity;
    },
    setFollowing(value) {
      following = value;
    },
  };
}

function copyKey(key: string): string {
  return `condo:source:${key}`;
}
