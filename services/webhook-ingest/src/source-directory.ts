import type { Logger, Metrics } from "@condo/http";
import { isLater, type SourceName } from "@condo/schema";
import type { Sealer } from "@condo/secrets";
import { createByteMemory } from "./byte-memory.ts";
import { createChangeMarks } from "./change-marks.ts";
import { nameText, type SourceCopies } from "./source-copies.ts";
import type { SourceLoader } from "./source-loader.ts";
import { prepareSource, type Lookup, type Source, type SourceRecord } from "./source-record.ts";

/** While changes are followed, memory is right until told otherwise; this bounds what a missed word could do. */
const followedMs = 300_000;
/** While changes can't be followed, and after a copy was taken for true, Postgres is asked again this often. */
const unfollowedMs = 1_000;
const unknownTenantMs = 1_000;
/** What is remembered of names that stand for nothing. */
const unknownsBytes = 4 * 1024 * 1024;
const markedTenants = 20_000;
/** A lookup that a change overtook is done again this often, and then believed for the one webhook. */
const mostTries = 3;

/**
 * What an entry takes, in bytes: measured with 50,000 of them (V8 of Node 24), 1.4 to 1.6 KB with one secret and 0.4 KB for
 * each further one on the heap, and about as much again for keys and buffers outside of it as is rounded up here.
 */
const entryBytes = { base: 1_400, secret: 600, unknown: 300 };

interface Remembered {
  source: Source | null;
  tenantId: string | null;
  asOf: string;
  /** A copy may have come without a change that was told. */
  isCopy: boolean;
  loadedAt: number;
  /** In the order of changes, when asking began. */
  moment: number;
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

/** @param options `memoryBytes` is what sources may take in this process's memory */
export function createSourceDirectory(options: {
  load: SourceLoader;
  copies: SourceCopies;
  sealer: Sealer;
  memoryBytes: number;
  metrics: Metrics;
  logger: Logger;
}): SourceDirectory {
  const { load, copies, sealer, memoryBytes, metrics, logger } = options;
  const memory = createByteMemory<Remembered>(memoryBytes);
  // Apart, so that random names don't push out the sources that exist.
  const unknowns = createByteMemory<Remembered>(unknownsBytes);
  const loading = new Map<string, Promise<Source | null>>();
  const marks = createChangeMarks(markedTenants);
  let following = false;
  metrics.look(
    {
      condo_ingest_source_memory_bytes: { help: "Bytes of sources that this process remembers" },
      condo_ingest_source_memory_limit_bytes: { help: "How many it may remember" },
    },
    () => ({
      condo_ingest_source_memory_bytes: memory.bytes(),
      condo_ingest_source_memory_limit_bytes: memoryBytes,
    }),
  );

  function fresh(key: string): Remembered | undefined {
    const entry = memory.get(key) ?? unknowns.get(key);
    if (!entry || marks.changedSince(entry.moment, entry.tenantId)) return undefined;
    const now = Date.now();
    if (entry.source?.validUntil && entry.source.validUntil.getTime() <= now) return undefined;
    return now - entry.loadedAt < lifeMs(entry) ? entry : undefined;
  }

  function lifeMs({ tenantId, isCopy }: Remembered): number {
    if (tenantId === null) return unknownTenantMs;
    return following && !isCopy ? followedMs : unfollowedMs;
  }

  function remember(key: string, record: SourceRecord | null, entry: Remembered): void {
    const [map, other] = entry.source ? [memory, unknowns] : [unknowns, memory];
    other.delete(key);
    map.set(key, entry, bytesOf(key, record));
  }

  async function ask(key: string, name: SourceName): Promise<Source | null> {
    for (let tries = 1; ; tries++) {
      const [moment, now] = [marks.now(), new Date()];
      let lookup: Lookup;
      try {
        lookup = await load(name);
      } catch (error) {
        return whilePostgresIsAway(key, name, error);
      }
      const { record, asOf } = lookup;
      const tenantId = record ? record.tenant_id : lookup.tenantId;
      if (marks.changedSince(moment, tenantId) && tries < mostTries) continue;
      const source = record && prepareSource(record, sealer, now);
      remember(key, record, { source, tenantId, asOf, isCopy: false, loadedAt: now.getTime(), moment });
      // Without Redis there is no copy to fall back on, and nothing else to be done.
      copies.write(name, lookup, { notesAbsence: false }).catch(() => undefined);
      return source;
    }
  }

  async function whilePostgresIsAway(key: string, name: SourceName, error: unknown): Promise<Source | null> {
    const remembered = memory.get(key);
    if (remembered && !marks.changedSince(remembered.moment, remembered.tenantId)) return remembered.source;
    const moment = marks.now();
    const copy = await copies.read(name).catch(() => null);
    if (remembered && !(copy && isLater(copy.asOf, remembered.asOf))) return remembered.source;
    // One that is known to be gone may have come back since: the sender is to ask again.
    if (!copy?.record) throw error;
    const { record, asOf } = copy;
    logger.warn({ err: error }, "postgres is away: a source is read from its copy in redis");
    const [now, tenantId] = [new Date(), record.tenant_id];
    const source = prepareSource(record, sealer, now);
    remember(key, record, { source, tenantId, asOf, isCopy: true, loadedAt: now.getTime(), moment });
    return source;
  }

  return {
    async find(name) {
      const key = nameText(name);
      const remembered = fresh(key);
      if (remembered) return remembered.source;
      let found = loading.get(key);
      if (!found) {
        found = ask(key, name).finally(() => loading.delete(key));
        loading.set(key, found);
      }
      return found;
    },
    knows: (name) => fresh(nameText(name)) !== undefined,
    forgetTenant: (tenantId) => marks.changed(tenantId),
    forgetAll: () => marks.anyChanged(),
    setFollowing(value) {
      following = value;
    },
  };
}

function bytesOf(key: string, record: SourceRecord | null): number {
  const text = 2 * key.length;
  if (!record) return entryBytes.unknown + text;
  const config = 4 * JSON.stringify(record.config).length;
  return entryBytes.base + text + config + entryBytes.secret * record.secrets.length;
}
