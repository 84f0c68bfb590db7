import type { TenantTrx } from "@condo/schema";

export interface SourceRow {
  id: string;
  provider: string;
  config: Record<string, unknown>;
  dedupe_window_seconds: number;
  tenant_pointer: string | null;
  /** Newest first. */
  secrets: { id: string; sealed: Buffer; valid_from: Date; expires_at: Date | null }[];
}

/** An active source by its service name, with its secrets but those that ended before `earliest`. */
export async function findActiveSource(
  trx: TenantTrx,
  serviceName: string,
  earliest: Date,
): Promise<SourceRow | undefined> {
  const rows = await trx
    .selectFrom("webhook_sources as source")
    .leftJoin("webhook_source_secrets as secret", (join) =>
      join
        .onRef("secret.tenant_id", "=", "source.tenant_id")
        .onRef("secret.source_id", "=", "source.id")
        .on((on) => on.or([on("secret.expires_at", "is", null), on("secret.expires_at", ">", earliest)])),
    )
    .select(["source.id", "source.provider", "source.config", "source.dedupe_window_seconds"])
    .select(["source.tenant_pointer", "secret.id as secret_id", "secret.secret_sealed"])
    .select(["secret.valid_from", "secret.expires_at"])
    .where("source.service_name", "=", serviceName)
    .where("source.deleted_at", "is", null)
    .where("source.is_active", "=", true)
    .orderBy("secret.id", "desc")
    .execute();
  const [first] = rows;
  if (!first) return undefined;
  return {
    id: first.id,
    provider: first.provider,
    config: first.config,
    dedupe_window_seconds: first.dedupe_window_seconds,
    tenant_pointer: first.tenant_pointer,
    secrets: rows.flatMap((row) =>
      row.secret_id && row.secret_sealed && row.valid_from
        ? [
            {
              id: row.secret_id,
              sealed: row.secret_sealed,
              valid_from: row.valid_from,
              expires_at: row.expires_at,
            },
          ]
        : [],
    ),
  };
}
