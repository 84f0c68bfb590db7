import { newId } from "./ids.ts";
import { maskSecrets } from "./mask-secrets.ts";
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
  /** The row before and after; what looks like a secret is masked. */
  before?: object | null;
  after?: object | null;
}

/** Writes an audit entry in the transaction that makes the change it tells of. */
export async function audit(trx: TenantTrx | PlatformTrx, entry: AuditEntry): Promise<void> {
  await auditAll(trx, [entry]);
}

/** As {@link audit}, for many in one statement. */
export async function auditAll(trx: TenantTrx | PlatformTrx, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length === 0) return;
  const rows = entries.map((entry) => ({
    id: newId(),
    tenant_id: entry.tenantId,
    actor_type: entry.actor.type,
    actor_id: entry.actor.id,
    action: entry.action,
    subject_type: entry.subjectType,
    subject_id: entry.subjectId,
    request_id: entry.actor.requestId,
    address: entry.actor.address,
    before: masked(entry.before),
    after: masked(entry.after),
  }));
  await trx.insertInto("audit_logs").values(rows).execute();
}

function masked(row: object | null | undefined): string | null {
  return row ? JSON.stringify(maskSecrets(row)) : null;
}
