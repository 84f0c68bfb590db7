import { createHash } from "node:crypto";
import { sql } from "kysely";
import type { PlatformTrx, TenantTrx } from "./transaction.ts";

/** Stands before the first link. */
const genesis = Buffer.alloc(32);
const chainBatch = 500;
const verifyBatch = 1_000;

/** What is wrong at the first broken link. */
export type ChainFault =
  /** The row is not what was hashed. */
  | "changed_row"
  /** The link, or a row that waits for one, points at nothing. */
  | "missing_row"
  /** A sequence is left out, or the start of the chain is. */
  | "missing_link"
  /** The link does not go on from the one before: links were swapped, replaced or put in. */
  | "reordered"
  /** The row is neither chained nor waiting for it: it was slipped in. */
  | "unchained_row";

export interface BrokenLink {
  fault: ChainFault;
  /** Null for a row without a link. */
  sequence: number | null;
  auditId: string | null;
}

export interface ChainVerdict {
  /** Links that were checked, up to the broken one. */
  checked: number;
  /** Rows that wait for their link. */
  waiting: number;
  /** The last link; kept elsewhere, it proves later that the chain was not made anew. */
  head: { sequence: number; hash: string } | null;
  broken: BrokenLink | null;
}

/** Text as `audit_canonical` makes it, hashed onto the chain. */
function link(previous: Buffer, canonical: string): Buffer {
  return createHash("sha256").update(previous).update(canonical).digest();
}

interface End {
  sequence: number;
  hash: Buffer;
}

async function lastCheckpoint(trx: TenantTrx | PlatformTrx, tenantId: string): Promise<End | undefined> {
  const row = await trx
    .selectFrom("audit_checkpoints")
    .select(["sequence", "hash"])
    .where("tenant_id", "=", tenantId)
    .orderBy("sequence", "desc")
    .limit(1)
    .executeTakeFirst();
  return row && { sequence: Number(row.sequence), hash: row.hash };
}

async function endOfChain(trx: PlatformTrx, tenantId: string): Promise<End> {
  const row = await trx
    .selectFrom("audit_chain")
    .select(["sequence", "hash"])
    .where("tenant_id", "=", tenantId)
    .orderBy("sequence", "desc")
    .limit(1)
    .executeTakeFirst();
  if (row) return { sequence: Number(row.sequence), hash: row.hash };
  return (await lastCheckpoint(trx, tenantId)) ?? { sequence: 0, hash: genesis };
}

/** Tenants with rows that wait for their link. */
export async function tenantsToChain(trx: PlatformTrx): Promise<string[]> {
  const rows = await trx.selectFrom("audit_unchained").select("tenant_id").distinct().execute();
  return rows.map((row) => row.tenant_id);
}

/**
 * Gives a tenant's waiting rows their links. A row waits from the moment its transaction commits, so writers wait for
 * nobody and no late commit is passed over; what was committed before another began stands before it. One at a time
 * works on a tenant: whoever comes second leaves it.
 *
 * @returns how many; a full batch means that there may be more
 */
export async function chainAuditRows(
  trx: PlatformTrx,
  tenantId: string,
): Promise<{ chained: number; more: boolean }> {
  const { rows: locks } = await sql<{ held: boolean }>`
    select pg_try_advisory_xact_lock(hashtext('condo audit chain'), hashtext(${tenantId})) as held
  `.execute(trx);
  if (!locks[0]?.held) return { chained: 0, more: false };
  let end = await endOfChain(trx, tenantId);
  const { rows } = await sql<{ id: string; canonical: string }>`
    select entry.id, audit_canonical(entry) as canonical
    from audit_unchained waiting
    join audit_logs entry on entry.tenant_id = waiting.tenant_id and entry.id = waiting.audit_id
    where waiting.tenant_id = ${tenantId}
    order by entry.id limit ${chainBatch}
  `.execute(trx);
  if (rows.length === 0) return { chained: 0, more: false };
  const links = rows.map((row) => {
    const previous = end.hash;
    end = { sequence: end.sequence + 1, hash: link(previous, row.canonical) };
    return {
      tenant_id: tenantId,
      sequence: end.sequence,
      audit_id: row.id,
      previous_hash: previous,
      hash: end.hash,
    };
  });
  await trx.insertInto("audit_chain").values(links).execute();
  await sql`
    delete from audit_unchained
    where tenant_id = ${tenantId} and audit_id = any (${rows.map((row) => row.id)}::uuid[])
  `.execute(trx);
  return { chained: rows.length, more: rows.length === chainBatch };
}

/**
 * Checks a tenant's audit log against its chain, from the last checkpoint on, in batches.
 *
 * @param through the last link to look at; all of them, and the rows without one, by default
 */
export async function verifyAuditChain(
  trx: TenantTrx | PlatformTrx,
  tenantId: string,
  through?: number,
): Promise<ChainVerdict> {
  // Shared among readers: it keeps the pruning of links that are being read away, and nobody else.
  await sql`select pg_advisory_xact_lock_shared(hashtext('condo audit prune'), hashtext(${tenantId}))`.execute(
    trx,
  );
  const start = await lastCheckpoint(trx, tenantId);
  let end: End = start ?? { sequence: 0, hash: genesis };
  let checked = 0;
  const verdict = async (broken: BrokenLink | null): Promise<ChainVerdict> => ({
    checked,
    waiting: await countWaiting(trx, tenantId),
    head: end.sequence > 0 ? { sequence: end.sequence, hash: end.hash.toString("hex") } : null,
    broken,
  });

  for (;;) {
    const links = await readLinks(trx, tenantId, end.sequence, through);
    for (const row of links) {
      checked += 1;
      const fault = faultOf(row, end);
      if (fault) {
        return verdict({
          fault,
          sequence: fault === "missing_link" ? end.sequence + 1 : row.sequence,
          auditId: row.audit_id,
        });
      }
      end = { sequence: row.sequence, hash: row.hash };
    }
    if (links.length < verifyBatch) break;
  }
  return verdict(through === undefined ? await findUnlinked(trx, tenantId) : null);
}

interface LinkRow {
  sequence: number;
  audit_id: string;
  previous_hash: Buffer;
  hash: Buffer;
  canonical: string | null;
}

async function readLinks(
  trx: TenantTrx | PlatformTrx,
  tenantId: string,
  after: number,
  through: number | undefined,
): Promise<LinkRow[]> {
  const { rows } = await sql<LinkRow>`
    select link.sequence::float8 as sequence, link.audit_id, link.previous_hash, link.hash, audit_canonical(entry) as canonical
    from audit_chain link
    left join audit_logs entry on entry.tenant_id = link.tenant_id and entry.id = link.audit_id
    where link.tenant_id = ${tenantId} and link.sequence > ${after}
      and (${through ?? null}::bigint is null or link.sequence <= ${through ?? null}::bigint)
    order by link.sequence limit ${verifyBatch}
  `.execute(trx);
  return rows;
}

function faultOf(row: LinkRow, end: End): ChainFault | undefined {
  if (row.sequence !== end.sequence + 1) return "missing_link";
  if (!row.previous_hash.equals(end.hash)) return "reordered";
  if (row.canonical === null) return "missing_row";
  if (!row.hash.equals(link(end.hash, row.canonical))) return "changed_row";
  return undefined;
}

async function countWaiting(trx: TenantTrx | PlatformTrx, tenantId: string): Promise<number> {
  const { rows } = await sql<{ waiting: number }>`
    select count(*)::integer as waiting from audit_unchained where tenant_id = ${tenantId}
  `.execute(trx);
  return rows[0]?.waiting ?? 0;
}

/** A row that has no link and does not wait for one, or a wait for a row that is gone. */
async function findUnlinked(trx: TenantTrx | PlatformTrx, tenantId: string): Promise<BrokenLink | null> {
  const { rows: lost } = await sql<{ audit_id: string }>`
    select waiting.audit_id from audit_unchained waiting
    where waiting.tenant_id = ${tenantId} and not exists (
      select from audit_logs entry where entry.tenant_id = waiting.tenant_id and entry.id = waiting.audit_id
    ) limit 1
  `.execute(trx);
  if (lost[0]) return { fault: "missing_row", sequence: null, auditId: lost[0].audit_id };

  let after = "00000000-0000-0000-0000-000000000000";
  for (;;) {
    const { rows } = await sql<{ id: string; is_linked: boolean }>`
      select entry.id, link.audit_id is not null or waiting.audit_id is not null as is_linked
      from (
        select tenant_id, id from audit_logs where tenant_id = ${tenantId} and id > ${after}
        order by id limit ${verifyBatch}
      ) entry
      left join audit_chain link on link.tenant_id = entry.tenant_id and link.audit_id = entry.id
      left join audit_unchained waiting on waiting.tenant_id = entry.tenant_id and waiting.audit_id = entry.id
      order by entry.id
    `.execute(trx);
    const slipped = rows.find((row) => !row.is_linked);
    if (slipped) return { fault: "unchained_row", sequence: null, auditId: slipped.id };
    const last = rows.at(-1);
    if (!last || rows.length < verifyBatch) return null;
    after = last.id;
  }
}
