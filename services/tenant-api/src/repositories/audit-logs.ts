import type { AuditLog, TenantReader } from "@condo/schema";
import { sql } from "kysely";

/** A row beside its link; nulls where it still waits for one. */
export type ChainedAuditLog = AuditLog & { sequence: string | null; hash: Buffer | null };

export interface AuditLogFilter {
  actorId: string | undefined;
  /** What the action begins with. */
  action: string | undefined;
  subjectType: string | undefined;
  subjectId: string | undefined;
  requestId: string | undefined;
  since: Date | undefined;
  /** The first moment that is not meant. */
  until: Date | undefined;
}

/** Rows that fit, newest first, behind an id. */
export async function listAuditLogs(
  trx: TenantReader,
  filter: AuditLogFilter,
  page: { after: string | undefined; limit: number },
): Promise<ChainedAuditLog[]> {
  let query = trx
    .selectFrom("audit_logs as entry")
    .leftJoin("audit_chain as link", (join) =>
      join.onRef("link.tenant_id", "=", "entry.tenant_id").onRef("link.audit_id", "=", "entry.id"),
    )
    .selectAll("entry")
    .select(["link.sequence", "link.hash"]);
  if (filter.actorId) query = query.where("entry.actor_id", "=", filter.actorId);
  if (filter.action) query = query.where(sql<boolean>`starts_with(entry.action, ${filter.action})`);
  if (filter.subjectType) query = query.where("entry.subject_type", "=", filter.subjectType);
  if (filter.subjectId) query = query.where("entry.subject_id", "=", filter.subjectId);
  if (filter.requestId) query = query.where("entry.request_id", "=", filter.requestId);
  if (filter.since) query = query.where("entry.created_at", ">=", filter.since);
  if (filter.until) query = query.where("entry.created_at", "<", filter.until);
  if (page.after) query = query.where("entry.id", "<", page.after);
  return query.orderBy("entry.id", "desc").limit(page.limit).execute();
}
