import { resolveTenant, sourceSecretContext, withTenant, type Db } from "@condo/schema";
import type { Sealer } from "@condo/secrets";
import { createVerifier, isProviderName, type ProviderName, type Verifier } from "@condo/webhooks";
import { z } from "zod";
import { findActiveSource } from "./repositories/webhook-sources.ts";

/** A source as it can be kept outside the database: secrets stay sealed. */
export const sourceRecordSchema = z.object({
  tenant_id: z.uuid(),
  source_id: z.uuid(),
  provider: z.string().refine(isProviderName),
  config: z.record(z.string(), z.unknown()),
  dedupe_window_seconds: z.int(),
  secrets: z.array(z.object({ id: z.uuid(), sealed: z.base64(), expires_at: z.iso.datetime().nullable() })),
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
  secrets: readonly string[];
  /** When a secret runs out and the source has to be looked up again. */
  validUntil: Date | null;
}

/** Why there is no source: so that a memory knows when to ask again. */
export type Lookup = { record: SourceRecord } | { record: null; tenantId: string | null };

/** Reads a tenant's source; a suspended tenant's too, for its webhooks are kept until it is resumed. */
export async function loadSource(db: Db, tenantReference: string, serviceName: string): Promise<Lookup> {
  const tenant = await resolveTenant(db, tenantReference);
  if (!tenant || tenant.status === "closing" || tenant.status === "closed")
    return { record: null, tenantId: null };
  const row = await withTenant(db, tenant.id, (trx) => findActiveSource(trx, serviceName));
  if (!row || !isProviderName(row.provider)) return { record: null, tenantId: tenant.id };
  return {
    record: {
      tenant_id: tenant.id,
      source_id: row.id,
      provider: row.provider,
      config: row.config,
      dedupe_window_seconds: row.dedupe_window_seconds,
      secrets: row.secrets.map((secret) => ({
        id: secret.id,
        sealed: secret.sealed.toString("base64"),
        expires_at: secret.expires_at?.toISOString() ?? null,
      })),
    },
  };
}

export function prepareSource(record: SourceRecord, sealer: Sealer, now: Date): Source {
  const live = record.secrets.filter(({ expires_at }) => expires_at === null || new Date(expires_at) > now);
  const secrets = live.map(({ id, sealed }) =>
    sealer.open(Buffer.from(sealed, "base64"), sourceSecretContext(id)),
  );
  const ends = live.flatMap(({ expires_at }) => (expires_at === null ? [] : [Date.parse(expires_at)]));
  return {
    tenantId: record.tenant_id,
    sourceId: record.source_id,
    provider: record.provider,
    config: record.config,
    dedupeWindowMs: record.dedupe_window_seconds * 1000,
    verify: createVerifier(record.provider, { secrets, config: record.config }),
    secrets,
    validUntil: ends.length > 0 ? new Date(Math.min(...ends)) : null,
  };
}
