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

/** The sessions of a user that are open, newest first, one more than `limit`. */
export async function listOpenSessions(
  trx: TenantTrx,
  userId: string,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<Session[]> {
  let query = trx
    .selectFrom("sessions")
    .selectAll()
    .where("user_id", "=", userId)
    .where("ended_at", "is", null)
    .where("expires_at", ">", new Date());
  if (after) query = query.where("id", "<", after);
  return query
    .orderBy("id", "desc")
    .limit(limit + 1)
    .execute();
}

/** @returns the ids of the sessions that were still open */
export async function endSessionsOf(
  trx: TenantTrx,
  userId: string,
  reason: string,
  which: { only?: string; except?: string } = {},
): Promise<string[]> {
  let query = trx
    .updateTable("sessions")
    .set({ ended_at: new Date(), end_reason: reason })
    .where("user_id", "=", userId)
    .where("ended_at", "is", null);
  if (which.only) query = query.where("id", "=", which.only);
  if (which.except) query = query.where("id", "<>", which.except);
  const ended = await query.returning("id").execute();
  return ended.map((session) => session.id);
}
