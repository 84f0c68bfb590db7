import type { Invitation, Role, TenantTrx } from "@condo/schema";
import { sql } from "kysely";

export async function insertInvitation(
  trx: TenantTrx,
  invitation: {
    id: string;
    tenant_id: string;
    email: string;
    role: Role;
    role_id: string | null;
    invited_by: string;
    expires_at: Date;
  },
): Promise<Invitation> {
  return trx
    .insertInto("invitations")
    .values({ ...invitation, token_hash: null, accepted_at: null, revoked_at: null })
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Newest first, one more than `limit`. */
export async function listInvitations(
  trx: TenantTrx,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<Invitation[]> {
  let query = trx.selectFrom("invitations").selectAll();
  if (after) query = query.where("id", "<", after);
  return query
    .orderBy("id", "desc")
    .limit(limit + 1)
    .execute();
}

const openOnly = sql<boolean>`accepted_at is null and revoked_at is null and expires_at > now()`;

export async function findOpenInvitation(trx: TenantTrx, id: string): Promise<Invitation | undefined> {
  return trx.selectFrom("invitations").selectAll().where("id", "=", id).where(openOnly).executeTakeFirst();
}

export async function findInvitationByToken(
  trx: TenantTrx,
  tokenHash: Buffer,
): Promise<Invitation | undefined> {
  return trx
    .selectFrom("invitations")
    .selectAll()
    .where("token_hash", "=", tokenHash)
    .where(openOnly)
    .executeTakeFirst();
}

/** Takes an invitation up. One statement: of several that come with its token at once, one gets through. */
export async function acceptByToken(trx: TenantTrx, tokenHash: Buffer): Promise<Invitation | undefined> {
  return trx
    .updateTable("invitations")
    .set({ accepted_at: sql<Date>`now()` })
    .where("token_hash", "=", tokenHash)
    .where(openOnly)
    .returningAll()
    .executeTakeFirst();
}

export async function revokeInvitation(trx: TenantTrx, id: string): Promise<Invitation | undefined> {
  return trx
    .updateTable("invitations")
    .set({ revoked_at: sql<Date>`now()` })
    .where("id", "=", id)
    .where("accepted_at", "is", null)
    .where("revoked_at", "is", null)
    .returningAll()
    .executeTakeFirst();
}

/** Clears the way for a new invitation of an address whose last one ran out. */
export async function revokeExpired(trx: TenantTrx, email: string): Promise<void> {
  await trx
    .updateTable("invitations")
    .set({ revoked_at: sql<Date>`now()` })
    .where("email", "=", email)
    .where(sql<boolean>`accepted_at is null and revoked_at is null and expires_at <= now()`)
    .execute();
}

/** Lets an invitation that was neither accepted nor revoked last anew; `change.invited_by` answers for it from now on. */
export async function renewInvitation(
  trx: TenantTrx,
  id: string,
  change: { expires_at: Date; invited_by: string },
): Promise<Invitation | undefined> {
  return trx
    .updateTable("invitations")
    .set(change)
    .where("id", "=", id)
    .where("accepted_at", "is", null)
    .where("revoked_at", "is", null)
    .returningAll()
    .executeTakeFirst();
}

export async function setInvitationToken(trx: TenantTrx, id: string, tokenHash: Buffer): Promise<void> {
  await trx.updateTable("invitations").set({ token_hash: tokenHash }).where("id", "=", id).execute();
}

export interface RecentMails {
  count: number;
  /** Until the first of them is an hour ago. */
  freeInSeconds: number;
}

/** The mails with invitations that the tenant has sent within the hour, as its audit log has them: also those revoked since. */
export async function recentInvitationMails(
  trx: TenantTrx,
  email: string,
): Promise<{ toAddress: RecentMails; inAll: RecentMails }> {
  const recent = trx
    .selectFrom("audit_logs")
    .where("subject_type", "=", "invitation")
    .where("action", "in", ["invitation.created", "invitation.resent"])
    .where("created_at", ">", sql<Date>`now() - interval '1 hour'`)
    .select([
      sql<number>`count(*)::integer`.as("count"),
      sql<number>`coalesce(ceil(extract(epoch from min(created_at) + interval '1 hour' - now())), 0)::integer`.as(
        "freeInSeconds",
      ),
    ]);
  return {
    toAddress: await recent.where(sql`after ->> 'email'`, "=", email).executeTakeFirstOrThrow(),
    inAll: await recent.executeTakeFirstOrThrow(),
  };
}
