import { sourceOptionContext, sourceSecretContext, type NamedSource } from "@condo/schema";
import { openText, type Sealer } from "@condo/secrets";
import { limitsOf } from "@condo/tenancy";
import {
  changeSecretOptions,
  createVerifier,
  isProviderName,
  type ProviderName,
  type Verifier,
} from "@condo/webhooks";
import { z } from "zod";

/** A request may arrive this long after it was stamped, and is verified by the secrets of that moment. */
const stampToleranceMs = 86_400_000;

/** A source as it can be kept outside the database: secrets, and options that are secret, stay sealed. */
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
  verifier: Verifier;
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

/**
 * What a name stood for, as of a moment. Whose a name is that stands for no source says when a memory has to ask again.
 */
export type Lookup = { asOf: string } & (
  | { record: SourceRecord }
  | { record: null; tenantId: string | null }
);

/** Secrets that ended before this verify nothing that may arrive `now`. */
export function earliestSecret(now: Date): Date {
  return new Date(now.getTime() - stampToleranceMs);
}

/** What Postgres says of a name: a suspended tenant's source too, for its webhooks are kept until it is resumed. */
export function recordOf(named: NamedSource): Lookup {
  const { tenant_id, status, source_id, provider, as_of: asOf } = named;
  if (tenant_id === null || status === "closing" || status === "closed")
    return { asOf, record: null, tenantId: null };
  if (source_id === null || provider === null || !isProviderName(provider)) {
    return { asOf, record: null, tenantId: tenant_id };
  }
  const limits = limitsOf(named.plan_limits ?? {}, named.limit_overrides ?? {});
  return {
    asOf,
    record: {
      tenant_id,
      source_id,
      provider,
      config: named.config ?? {},
      dedupe_window_seconds: named.dedupe_window_seconds ?? 0,
      tenant_pointer: named.tenant_pointer,
      payload_bytes: limits.payload_bytes,
      events_per_month: limits.events_per_month,
      secrets: (named.secrets ?? []).map(({ id, sealed, valid_from, expires_at }) => ({
        id,
        sealed,
        valid_from: new Date(valid_from).toISOString(),
        expires_at: expires_at === null ? null : new Date(expires_at).toISOString(),
      })),
    },
  };
}

export function prepareSource(record: SourceRecord, sealer: Sealer, now: Date): Source {
  const secrets = record.secrets.map(({ id, sealed, valid_from, expires_at }) => ({
    text: sealer.open(Buffer.from(sealed, "base64"), sourceSecretContext(id)),
    validFrom: valid_from === null ? null : new Date(valid_from),
    validUntil: expires_at === null ? null : new Date(expires_at),
  }));
  const config = changeSecretOptions(record.provider, record.config, (text, option) =>
    openText(sealer, text, sourceOptionContext(record.source_id, option)),
  );
  const changes = secrets.flatMap(({ validFrom, validUntil }) => [validFrom, validUntil]);
  const next = changes.filter((at) => at !== null && at > now).map(Number);
  return {
    tenantId: record.tenant_id,
    sourceId: record.source_id,
    provider: record.provider,
    config,
    dedupeWindowMs: record.dedupe_window_seconds * 1000,
    verifier: createVerifier(record.provider, {
      secrets: secrets.map(({ text }) => text),
      windows: secrets.map(({ validFrom, validUntil }) => ({ validFrom, validUntil })),
      config,
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
