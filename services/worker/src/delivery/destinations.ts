import { coalesce, type Logger } from "@condo/http";
import { breakerSchema, extraHeaders, type BreakerOverrides } from "@condo/routing";
import { destinationHeadersContext, destinationSecretContext, withPlatform, type Db } from "@condo/schema";
import type { Sealer } from "@condo/secrets";
import { findDestinations, type DestinationRow } from "../repositories/destinations.ts";

/** Where deliveries go, and how: what a worker remembers of a destination. */
export interface Destination {
  id: string;
  tenantId: string;
  /** The tenant's. */
  plan: string;
  target: { kind: "http"; url: string } | { kind: "stream"; name: string };
  /** The newest first; each has an end by `performance.now()`, or none. */
  secrets: { value: string; endsAt: number }[];
  headers: Record<string, string>;
  transform: string | null;
  /** Null for the worker's schedule. */
  delaysMs: number[] | null;
  timeoutMs: number | null;
  isOrdered: boolean;
  maxInFlight: number | null;
  maxPerSecond: number | null;
  breaker: BreakerOverrides;
  /** Inactive too while its tenant is suspended or closing. */
  status: "active" | "inactive" | "deleted";
}

export interface DestinationReference {
  tenantId: string;
  id: string;
}

export interface Destinations {
  /** Undefined for one that is not there, or can't be read: its secrets were sealed with another key. */
  get(reference: DestinationReference): Promise<Destination | undefined>;
  /** It was changed. */
  forget(id: string): void;
  /** Its tenant was changed. */
  forgetTenant(tenantId: string): void;
  /** Changes may have been missed. */
  forgetAll(): void;
}

/** A change that nobody told of shows after this. */
const keptMs = 60_000;
const keptAtMost = 10_000;

/** Remembers destinations, so that sending does not have to ask for each. */
export function createDestinations(db: Db, sealer: Sealer, logger: Logger): Destinations {
  const known = new Map<
    string,
    { tenantId: string; found: Promise<Destination | undefined>; until: number }
  >();
  const load = coalesce<string, Destination>(async (keys) => {
    const references = keys.map((key) => key.split("/"));
    const rows = await withPlatform(db, (trx) =>
      findDestinations(
        trx,
        references.map(([, id = ""]) => id),
        references.map(([tenantId = ""]) => tenantId),
      ),
    );
    const read = new Map<string, Destination>();
    for (const row of rows) {
      try {
        read.set(`${row.tenant_id}/${row.id}`, destinationOf(row, sealer));
      } catch (err) {
        logger.error(
          { err, tenant_id: row.tenant_id, destination_id: row.id },
          "a destination can't be read",
        );
      }
    }
    return read;
  });

  return {
    get({ tenantId, id }) {
      const now = performance.now();
      const kept = known.get(id);
      if (kept && kept.until > now) return kept.found;
      const found = load(`${tenantId}/${id}`);
      known.delete(id);
      const oldest = known.size >= keptAtMost ? known.keys().next() : undefined;
      if (oldest && !oldest.done) known.delete(oldest.value);
      known.set(id, { tenantId, found, until: now + keptMs });
      found.catch(() => known.delete(id));
      return found;
    },
    forget(id) {
      known.delete(id);
    },
    forgetTenant(tenantId) {
      for (const [id, kept] of known) if (kept.tenantId === tenantId) known.delete(id);
    },
    forgetAll() {
      known.clear();
    },
  };
}

function destinationOf(row: DestinationRow, sealer: Sealer): Destination {
  const now = performance.now();
  return {
    id: row.id,
    tenantId: row.tenant_id,
    plan: row.plan,
    target:
      row.kind === "stream"
        ? { kind: "stream", name: row.stream_name ?? "" }
        : { kind: "http", url: row.url ?? "" },
    secrets: row.secrets.map((secret) => ({
      value: sealer.open(Buffer.from(secret.sealed, "base64"), destinationSecretContext(secret.id)),
      endsAt: secret.expires_in_ms === null ? Infinity : now + secret.expires_in_ms,
    })),
    headers: row.headers_sealed
      ? extraHeaders.parse(JSON.parse(sealer.open(row.headers_sealed, destinationHeadersContext(row.id))))
      : {},
    transform: row.transform,
    delaysMs: row.retry_delays_ms,
    timeoutMs: row.timeout_ms,
    isOrdered: row.order_key !== null,
    maxInFlight: row.max_in_flight,
    maxPerSecond: row.max_per_second,
    breaker: breakerSchema.catch({}).parse(row.breaker),
    status: row.is_deleted ? "deleted" : row.is_active && row.is_tenant_open ? "active" : "inactive",
  };
}
