import { emit } from "@condo/events";
import type { RedisConnection } from "@condo/redis";
import { audit, platformTenant, withPlatform, type Db } from "@condo/schema";
import { newCertificate, type Certificate } from "@condo/tenancy";
import { eraseRedis } from "./erase-redis.ts";
import { eraseRows, eraseSome, eraseTenant } from "./erase-rows.ts";

export interface EraseOptions {
  db: Db;
  redis: RedisConnection;
  shards: number;
  signal: AbortSignal;
}

/**
 * Erases everything of a closed tenant, and leaves a certificate with the platform. It goes round until a round finds
 * nothing, for something may be written while it is at work; the tenant's own row goes last but for one more round. A
 * crash at any line costs nothing: whoever goes on starts the rounds anew, and what was counted stays counted.
 *
 * @returns the certificate; undefined when another worker was first
 */
export async function erase(options: EraseOptions, tenantId: string): Promise<Certificate | undefined> {
  const { db, signal } = options;
  let isGone = false;
  for (;;) {
    const inRedis = await eraseRedis({ ...options, tenantId });
    const erased =
      (await eraseSome(db, tenantId, async () => inRedis)) + (await eraseRows(db, tenantId, signal));
    if (erased === 0 && isGone) return certify(db, tenantId);
    isGone = await eraseTenant(db, tenantId);
    if (erased === 0 && !isGone) throw new Error("Something refers to the tenant that is no row of it");
  }
}

async function certify(db: Db, tenantId: string): Promise<Certificate | undefined> {
  return withPlatform(db, async (trx) => {
    const erasure = await trx
      .selectFrom("tenant_erasures")
      .selectAll()
      .where("erased_tenant_id", "=", tenantId)
      .where("finished_at", "is", null)
      .forUpdate()
      .executeTakeFirst();
    if (!erasure) return undefined;
    const finishedAt = new Date();
    const certificate = newCertificate(erasure, finishedAt);
    await trx
      .updateTable("tenant_erasures")
      .set({ finished_at: finishedAt, certificate: JSON.stringify(certificate) })
      .where("erased_tenant_id", "=", tenantId)
      .execute();
    await emit(trx, platformTenant.id, "tenant.erased", {
      erased_tenant_id: tenantId,
      digest: certificate.digest,
    });
    await audit(trx, {
      tenantId: platformTenant.id,
      actor: { type: "service", id: "worker", requestId: null, address: null },
      action: "tenant.erased",
      subjectType: "tenant",
      subjectId: tenantId,
      after: { ...certificate },
    });
    return certificate;
  });
}
