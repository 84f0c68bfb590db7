import type { MailTokenPurpose, TenantTrx } from "@condo/schema";
import { sql } from "kysely";

export async function insertMailToken(
  trx: TenantTrx,
  token: {
    tenant_id: string;
    token_hash: Buffer;
    purpose: MailTokenPurpose;
    user_id: string;
    email: string;
    expires_at: Date;
  },
): Promise<void> {
  await trx
    .insertInto("mail_tokens")
    .values({ ...token, used_at: null })
    .execute();
}

/** How many tokens a user was sent within the hour. */
export async function countRecentTokens(
  trx: TenantTrx,
  userId: string,
  purpose: MailTokenPurpose,
): Promise<number> {
  const { count } = await trx
    .selectFrom("mail_tokens")
    .select((select) => select.fn.countAll<string>().as("count"))
    .where("user_id", "=", userId)
    .where("purpose", "=", purpose)
    .where("created_at", ">", sql<Date>`now() - interval '1 hour'`)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Whose token it is, while it is good: unused, in time, and sent to the address that the user still has. */
export async function findUserOfToken(
  trx: TenantTrx,
  tokenHash: Buffer,
  purpose: MailTokenPurpose,
): Promise<string | undefined> {
  const token = await trx
    .selectFrom("mail_tokens as token")
    .innerJoin("users as user", (join) =>
      join
        .onRef("user.tenant_id", "=", "token.tenant_id")
        .onRef("user.id", "=", "token.user_id")
        .onRef("user.email", "=", "token.email"),
    )
    .select("token.user_id")
    .where("token.token_hash", "=", tokenHash)
    .where("token.purpose", "=", purpose)
    .where("token.used_at", "is", null)
    .where("token.expires_at", ">", sql<Date>`now()`)
    .where("user.is_active", "=", true)
    .where("user.deleted_at", "is", null)
    .executeTakeFirst();
  return token?.user_id;
}

/**
 * Uses a token up. One statement: of several that come with it at once, one gets through.
 *
 * @returns whose it was
 */
export async function takeMailToken(
  trx: TenantTrx,
  tokenHash: Buffer,
  purpose: MailTokenPurpose,
): Promise<string | undefined> {
  const userId = await findUserOfToken(trx, tokenHash, purpose);
  if (!userId) return undefined;
  const taken = await trx
    .updateTable("mail_tokens")
    .set({ used_at: sql<Date>`now()` })
    .where("token_hash", "=", tokenHash)
    .where("used_at", "is", null)
    .executeTakeFirst();
  return taken.numUpdatedRows > 0n ? userId : undefined;
}

/** Makes what a user was sent before worthless. */
export async function voidMailTokens(
  trx: TenantTrx,
  userId: string,
  purpose: MailTokenPurpose,
): Promise<void> {
  await trx
    .updateTable("mail_tokens")
    .set({ used_at: sql<Date>`now()` })
    .where("user_id", "=", userId)
    .where("purpose", "=", purpose)
    .where("used_at", "is", null)
    .execute();
}
