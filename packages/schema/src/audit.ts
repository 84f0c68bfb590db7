import { newId } from "./ids.ts";
import type { ActorType } from "./tables/audit-logs.ts";
import type { PlatformTrx, TenantTrx } from "./transaction.ts";

/** Who acts, and from where: what an audit entry says of the request behind it. */
export interface Actor {
  type: ActorType;
  id: string | null;
  requestId: string | null;
  address: string | null;
}

export interface AuditEntry {
  tenantId: string;
  actor: Actor;
  /** `area.verb`, such as `webhook_source.created`. */
  action: string;
  subjectType: string;
  subjectId: string | null;
  /** The row before and after, without its secrets. */
  before?: object | null;
  after?: object | null;
}

/** Writes an audit entry in the transaction that makes the change it tells of. */
export async function audit(trx: TenantTrx | PlatformTrx, entry: AuditEntry): Promise<void> {
  await trx
    .insertInto("audit_logs")
    .values({
      id: newId(),
      tenant_id: entry.tenantId,
      actor_type: entry.actor.type,
      actor_id: entry.actor.id,
      action: entry.action,
      subject_type: entry.subjectType,
      subject_id: entry.subjectId,
      request_id: entry.actor.requestId,
      address: entry.actor.address,
      before: entry.before ? JSON.stringify(entry.before) : null,
      after: entry.after ? JSON.stringify(entry.after) : null,
    })
    .execute();
}
