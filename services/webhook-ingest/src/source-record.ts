import {
  maxSecrets,
  createVerifier,
  isProviderName,
  type ProviderName,
  type Verifier,
} from "@condo/webhooks";
import { resolveSourceKey, resolveTenant, sourceSecretContext, withTenant, type Db } from "@condo/schema";
import type { Sealer } from "@condo/secrets";
import { readLimits } from "@condo/tenancy";
import { z } from "zod";
import { findActiveSource } from "./repositories/webhook-sources.ts";

/** How a webhook names its source: by a tenant (slug, id or domain) and a service, or by the key in the source's own URL. */
export type SourceName = { serviceName: string } & ({ tenant: string } | { sourceKey: string });

/** A request may arrive this long after it was stamped, and is verified by the secrets of that moment. */
const stampToleranceMs = 86_400_000;

/** A source as it can be kept outside the database: secrets stay sealed. */
export const sourceRecordSchema = z.object({
  tenant_id: z.uuid(),
  source_id: z.uuid(),
  provider: z.string().refine(isProviderName),
  config: z.record(z.string(), z.unknown()),
  dedupe_window_seconds: z.int(),
  tenant_pointer: z.string().nullable().default(null),
  payload_bytes: z.int().nullable().default(null),
  events_per_month: z.int().nullable().default(null),
  secrets: z.array(
    z.object({
      id: z.uuid(),
      sealed: z.base64(),
      valid_from: z.iso.datetime().nullable().default(null),
      expires_at: z.iso.datetime().nullable(),
    }),
  ),
});

export type SourceRecord = z.output<typeof sourceRecordSchema>;

/** A source that is ready to verify. */
export interface Source {
  tenantId: string;
  sourceId: string;
  provider: ProviderName;
  config: Record<string, unknown>;
  dedupeWindowMs: number;
  verify: Verifier;
  /** Those that are valid at this moment. */
  secrets: readonly string[];
  /** Of a source of the whole platform: where in the payload an event says whose it is. */
  tenantPointer: string | null;
  /** What the tenant's plan says of a payload's bytes, and of events a month; null for no quota. */
  payloadBytes: number | null;
  eventsPerMonth: number | null;
  /** When a secret runs out and the source has to be looked up again. */
  validUntil: Date | null;
}

/** Why there is no source: so that a memory knows when to ask again. */
export type Lookup = { record: SourceRecord } | { record: null; tenantId: string | null };

/** Reads a source; a suspended tenant's too, for its webhooks are kept until it is resumed. */
export async function loadSource(db: Db, name: SourceName): Promise<Lookup> {
  const tenant = await tenantOf(db, name);
  if (!tenant || tenant.status === "closing" || tenant.status === "closed")
    return { record: null, tenantId: null };
  const earliest = new Date(Date.now() - stampToleranceMs);
  const [row, limits] = await withTenant(db, tenant.id, (trx) =>
    Promise.all([findActiveSource(trx, name.serviceName, earliest), readLimits(trx, tenant.id)]),
  );
  if (!row || !isProviderName(row.provider)) return { record: null, tenantId: tenant.id };
  return {
    record: {
      tenant_id: tenant.id,
      source_id: row.id,
      provider: row.provider,
      config: row.config,
      dedupe_window_seconds: row.dedupe_window_seconds,
      tenant_pointer: row.tenant_pointer,
      payload_bytes: limits.payload_bytes,
      events_per_month: limits.events_per_month,
      secrets: row.secrets.slice(0, maxSecrets).map((secret) => ({
        id: secret.id,
        sealed: secret.sealed.toString("base64"),
        valid_from: secret.valid_from.toISOString(),
        expires_at: secret.expires_at?.toISOString() ?? null,
      })),
    },
  };
}

async function tenantOf(db: Db, name: SourceName): Promise<{ id: string; status: string } | undefined> {
  if ("tenant" in name) return resolveTenant(db, name.tenant);
  const owner = await resolveSourceKey(db, name.sourceKey);
  if (owner?.service_name !== name.serviceName) return undefined;
  return { id: owner.tenant_id, status: owner.status };
}

export function prepareSource(record: SourceRecord, sealer: Sealer, now: Date): Source {
  const secrets = record.secrets.map(({ id, sealed, valid_from, expires_at }) => ({
    text: sealer.open(Buffer.from(sealed, "base64"), sourceSecretContext(id)),
    validFrom: valid_from === null ? null : new Date(valid_from),
    validUntil: expires_at === null ? null : new Date(expires_at),
  }));
  const changes = secrets.flatMap(({ validFrom, validUntil }) => [validFrom, validUntil]);
  const next = changes.filter((at) => at !== null && at > now).map(Number);
  return {
    tenantId: record.tenant_id,
    sourceId: record.source_id,
    provider: record.provider,
    config: record.config,
    dedupeWindowMs: record.dedupe_window_seconds * 1000,
    verify: createVerifier(record.provider, {
      secrets: secrets.map(({ text }) => text),
      windows: secrets.map(({ validFrom, validUntil }) => ({ validFrom, validUntil })),
      config: record.config,
    }),
    secrets: secrets
      .filter(
        ({ validFrom, validUntil }) => (!validFrom || validFrom <= now) && (!validUntil || validUntil > now),
      )
      .map(({ text }) => text),
    tenantPointer: record.tenant_pointer,
    payloadBytes: record.payload_bytes,
    eventsPerMonth: record.events_per_month,
    validUntil: next.length > 0 ? new Date(Math.min(...next)) : null,
  };
}
