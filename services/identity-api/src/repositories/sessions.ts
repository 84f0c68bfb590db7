import type { Session, TenantTrx } from "@condo/schema";

export async function insertSession(
  trx: TenantTrx,
  session: {
    id: string;
    tenant_id: string;
    user_id: string;
    address: string;
    user_agent: string | null;
    expires_at: Date;
  },
): Promise<void> {
  await trx
    .insertInto("sessions")
    .values({ ...session, ended_at: null, end_reason: null })
    .execute();
}

export async function findSession(trx: TenantTrx, id: string): Promise<Session | undefined> {
  return trx.selectFrom("sessions").selectAll().where("id", "=", id).executeTakeFirst();
}

export async function touchSession(trx: TenantTrx, id: string, at: Date): Promise<void> {
  await trx.updateTable("sessions").set({ last_used_at: at }).where("id", "=", id).execute();
}

/** @returns whether the session was still open */
export async function endSession(trx: TenantTrx, id: string, reason: string): Promise<boolean> {
  const result = await trx
    .updateTable("sessions")
    .set({ ended_at: new Date(), end_reason: reason })
    .where("id", "=", id)
    .where("ended_at", "is", null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}
