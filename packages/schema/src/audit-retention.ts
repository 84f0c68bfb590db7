import { sql } from "kysely";
import { verifyAuditChain, type BrokenLink } from "./audit-chain.ts";
import type { PlatformTrx } from "./transaction.ts";

const batchSize = 1_000;

/**
 * Removes a tenant's audit rows from before a moment, some from the start of the chain; a checkpoint keeps the last
 * link's hash, from which what is left is verified. A chain that is broken where it would be pruned is left as it is:
 * the evidence stays.
 *
 * @param before 30 days ago at the latest: the database refuses what is younger
 * @returns how many; `more` when the batch was full
 */
export async function pruneAuditLog(
  trx: PlatformTrx,
  tenantId: string,
  before: Date,
): Promise<{ pruned: number; more: boolean; broken: BrokenLink | null }> {
  const { rows } = await sql<{ through: string | null; links: number }>`
    select max(sequence) as through, count(*)::integer as links from (
      select link.sequence, bool_and(coalesce(entry.created_at < ${before}, true)) over (order by link.sequence) as is_past
      from (
        select tenant_id, sequence, audit_id from audit_chain
        where tenant_id = ${tenantId} order by sequence limit ${batchSize}
      ) link
      left join audit_logs entry on entry.tenant_id = link.tenant_id and entry.id = link.audit_id
    ) start where is_past
  `.execute(trx);
  const through = rows[0]?.through;
  if (!through) return { pruned: 0, more: false, broken: null };
  const { broken } = await verifyAuditChain(trx, tenantId, Number(through));
  if (broken) return { pruned: 0, more: false, broken };
  const { rows: counts } = await sql<{ pruned: number }>`
    select prune_audit(${tenantId}::uuid, ${through}::bigint) as pruned
  `.execute(trx);
  return { pruned: counts[0]?.pruned ?? 0, more: rows[0]?.links === batchSize, broken: null };
}
