import { sql } from "kysely";
import type { PlatformTrx, TenantTrx } from "./transaction.ts";

/** Whose key it is: nobody else meets it. */
export interface KeyOwner {
  tenantId: string;
  /** `user:<id>` or `key:<id>`. */
  caller: string;
  keyHash: Buffer;
}

/** How a request with a key stands. */
export type IdempotencyClaim =
  | { outcome: "claimed"; claimId: string }
  | { outcome: "in_flight" }
  | { outcome: "reused" }
  /** Whoever claimed it made a change, and died before it was answered. */
  | { outcome: "unknown" }
  | { outcome: "answered"; answerSealed: Buffer };

interface KeptKey {
  fingerprint: Buffer;
  answer_sealed: Buffer | null;
  is_lost: boolean;
}

/**
 * Claims a key for a request, in one statement: of many at once, one gets it. A key is free when it is new, when its
 * time is over, or when the same request claimed it, did not answer within its lease and changed nothing.
 */
export async function claimIdempotencyKey(
  trx: TenantTrx,
  owner: KeyOwner,
  request: { claimId: string; route: string; fingerprint: Buffer; leaseMs: number; keepMs: number },
): Promise<IdempotencyClaim> {
  const { rows: claimed } = await sql`
    insert into idempotency_keys as kept
      (tenant_id, caller, key_hash, route, fingerprint, claim_id, lease_until, expires_at)
    values (${owner.tenantId}, ${owner.caller}, ${owner.keyHash}, ${request.route}, ${request.fingerprint},
      ${request.claimId}, now() + ${request.leaseMs} * interval '1 millisecond',
      now() + ${request.keepMs} * interval '1 millisecond')
    on conflict (tenant_id, caller, key_hash) do update set
      route = excluded.route, fingerprint = excluded.fingerprint, claim_id = excluded.claim_id,
      lease_until = excluded.lease_until, status_code = null, answer_sealed = null, changed_at = null,
      created_at = now(), expires_at = excluded.expires_at
    where kept.expires_at <= now()
      or (kept.status_code is null and kept.changed_at is null and kept.lease_until <= now()
        and kept.fingerprint = excluded.fingerprint)
    returning true
  `.execute(trx);
  if (claimed.length > 0) return { outcome: "claimed", claimId: request.claimId };
  const { rows } = await sql<KeptKey>`
    select fingerprint, answer_sealed, changed_at is not null and lease_until <= now() as is_lost
    from idempotency_keys
    where tenant_id = ${owner.tenantId} and caller = ${owner.caller} and key_hash = ${owner.keyHash}
  `.execute(trx);
  const [kept] = rows;
  // Released between the two statements: whoever sends it again finds it free.
  if (!kept) return { outcome: "in_flight" };
  if (!kept.fingerprint.equals(request.fingerprint)) return { outcome: "reused" };
  if (kept.answer_sealed) return { outcome: "answered", answerSealed: kept.answer_sealed };
  return { outcome: kept.is_lost ? "unknown" : "in_flight" };
}

/**
 * Notes, in a transaction that changed something for the request that holds the claim, that it did. One that changed
 * nothing notes nothing.
 *
 * @returns whether the claim still holds: if not, its like has taken its place, and the transaction must not be committed
 */
export async function markIdempotencyKey(
  trx: TenantTrx | PlatformTrx,
  owner: KeyOwner,
  claimId: string,
): Promise<boolean> {
  const { rows } = await sql<{ is_held: boolean }>`
    select mark_idempotency_key(${owner.tenantId}, ${owner.caller}, ${owner.keyHash}, ${claimId}) as is_held
  `.execute(trx);
  return rows[0]?.is_held ?? false;
}

/** Keeps the answer to the request that holds the claim; one whose claim was taken over changes nothing. */
export async function answerIdempotencyKey(
  trx: TenantTrx,
  owner: KeyOwner,
  answer: { claimId: string; statusCode: number; answerSealed: Buffer },
): Promise<void> {
  await sql`
    update idempotency_keys set status_code = ${answer.statusCode}, answer_sealed = ${answer.answerSealed}
    where tenant_id = ${owner.tenantId} and caller = ${owner.caller} and key_hash = ${owner.keyHash}
      and claim_id = ${answer.claimId} and status_code is null
  `.execute(trx);
}

/** The answer that is kept for a key; undefined where there is none, or it is another request's. */
export async function findKeptAnswer(
  trx: TenantTrx,
  owner: KeyOwner,
  fingerprint: Buffer,
): Promise<Buffer | undefined> {
  const kept = await trx
    .selectFrom("idempotency_keys")
    .select("answer_sealed")
    .where("tenant_id", "=", owner.tenantId)
    .where("caller", "=", owner.caller)
    .where("key_hash", "=", owner.keyHash)
    .where("fingerprint", "=", fingerprint)
    .where("expires_at", ">", new Date())
    .executeTakeFirst();
  return kept?.answer_sealed ?? undefined;
}

/**
 * Gives a claim back: the request came to nothing, and may be sent again.
 *
 * @param isSure whether it is known that nothing of what was asked is done; else a claim that a change was made under stays
 */
export async function releaseIdempotencyKey(
  trx: TenantTrx,
  owner: KeyOwner,
  { claimId, isSure }: { claimId: string; isSure: boolean },
): Promise<void> {
  await sql`
    delete from idempotency_keys
    where tenant_id = ${owner.tenantId} and caller = ${owner.caller} and key_hash = ${owner.keyHash}
      and claim_id = ${claimId} and status_code is null and (${isSure} or changed_at is null)
  `.execute(trx);
}

/** Deletes keys whose time is over. @returns how many */
export async function pruneIdempotencyKeys(trx: PlatformTrx): Promise<number> {
  const result = await trx
    .deleteFrom("idempotency_keys")
    .where("expires_at", "<=", new Date())
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}
