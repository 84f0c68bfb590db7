import type { TenantTrx } from "@condo/schema";

export interface SourceRow {
  id: string;
  provider: string;
  config: Record<string, unknown>;
  dedupe_window_seconds: number;
  secrets: { id: string; sealed: Buffer; expires_at: Date | null }[];
}

/** An active source by its service name, with the secrets that verify now. */
export async function findActiveSource(trx: TenantTrx, serviceName: string): Promise<SourceRow | undefined> {
  const rows = await trx
    .selectFrom("webhook_sources as source")
    .leftJoin("webhook_source_secrets as secret", (join) =>
      join
        .onRef("secret.tenant_id", "=", "source.tenant_id")
        .onRef("secret.source_id", "=", "source.id")
        .on((on) => on.or([on("secret.expires_at", "is", null), on("secret.expires_at", ">", new Date())])),
    )
    .select(["source.id", "source.provider", "source.config", "source.dedupe_window_seconds"])
    .select(["secret.id as secret_id", "secret.secret_sealed", "secret.expires_at"])
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
    secrets: rows.flatMap((row) =>
      row.secret_id && row.secret_sealed
        ? [{ id: row.secret_id, sealed: row.secret_sealed, expires_at: row.expires_at }]
        : [],
    ),
  };
}
