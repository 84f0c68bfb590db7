import { withPlatform, type Db, type PlatformTrx } from "@condo/schema";
import { sql } from "kysely";
import { tenantTables, type TenantTable } from "./tenant-tables.ts";

/** Rows of one transaction, at most: none lasts long, whatever the size of the tenant. */
const batchRows = 1_000;

/**
 * Deletes every row of a closed tenant, but for the tenant's own, in batches; each is counted in the transaction that
 * deletes it, so a crash anywhere loses neither. Two workers at once do no harm: one batch is deleted at a time.
 *
 * @returns how many rows
 */
export async function eraseRows(db: Db, tenantId: string, signal: AbortSignal): Promise<number> {
  const tables = await withPlatform(db, tenantTables);
  let total = 0;
  for (const table of tables) {
    total += await untilNone(signal, () =>
      eraseSome(db, tenantId, (trx) => deleteRows(trx, tenantId, table)),
    );
  }
  return (
    total + (await untilNone(signal, () => eraseSome(db, tenantId, (trx) => deleteAudit(trx, tenantId))))
  );
}

/** @returns whether the tenant's own row is gone: while others still refer to it, it stays */
export async function eraseTenant(db: Db, tenantId: string): Promise<boolean> {
  try {
    await eraseSome(db, tenantId, async (trx) => {
      const gone = await trx.deleteFrom("tenants").where("id", "=", tenantId).executeTakeFirst();
      return { tenants: Number(gone.numDeletedRows) };
    });
    return true;
  } catch (error) {
    // foreign_key_violation: something was written meanwhile.
    if ((error as { code?: unknown }).code === "23503") return false;
    throw error;
  }
}

async function untilNone(signal: AbortSignal, some: () => Promise<number>): Promise<number> {
  let total = 0;
  for (;;) {
    signal.throwIfAborted();
    const erased = await some();
    total += erased;
    if (erased === 0) return total;
  }
}

/** Erases something, and adds it to what the erasure has counted, in one transaction. @returns how much */
export async function eraseSome(
  db: Db,
  tenantId: string,
  erase: (trx: PlatformTrx) => Promise<Record<string, number>>,
): Promise<number> {
  return withPlatform(db, async (trx) => {
    const erasure = await trx
      .selectFrom("tenant_erasures")
      .select("counts")
      .where("erased_tenant_id", "=", tenantId)
      .where("finished_at", "is", null)
      .forUpdate()
      .executeTakeFirst();
    if (!erasure) return 0;
    const erased = Object.entries(await erase(trx)).filter(([, count]) => count > 0);
    if (erased.length === 0) return 0;
    const counts = { ...erasure.counts };
    for (const [name, count] of erased) counts[name] = (counts[name] ?? 0) + count;
    await trx
      .updateTable("tenant_erasures")
      .set({ counts: JSON.stringify(counts) })
      .where("erased_tenant_id", "=", tenantId)
      .execute();
    return erased.reduce((sum, [, count]) => sum + count, 0);
  });
}

async function deleteRows(
  trx: PlatformTrx,
  tenantId: string,
  { name, key }: TenantTable,
): Promise<Record<string, number>> {
  const columns = sql.join(key.map((column) => sql.ref(column)));
  const { rows } = await sql`
    delete from ${sql.table(name)} where tenant_id = ${tenantId} and (${columns}) in (
      select ${columns} from ${sql.table(name)} where tenant_id = ${tenantId} limit ${batchRows}
    ) returning 1
  `.execute(trx);
  return { [name]: rows.length };
}

async function deleteAudit(trx: PlatformTrx, tenantId: string): Promise<Record<string, number>> {
  const isClosed = await trx
    .selectFrom("tenants")
    .select("id")
    .where("id", "=", tenantId)
    .where("status", "=", "closed")
    .executeTakeFirst();
  // The log goes before the tenant, which goes with its last row.
  if (!isClosed) return {};
  const { rows } = await sql<{ name: string; erased: number }>`
    select * from erase_audit(${tenantId}::uuid, ${batchRows})
  `.execute(trx);
  return Object.fromEntries(rows.map(({ name, erased }) => [name, erased]));
}
