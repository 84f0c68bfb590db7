import type { TenantTrx, User } from "@condo/schema";
import type { Context } from "./context.ts";
import { invalidCredentials } from "./errors.ts";
import { holdStanding, type Standing } from "./repositories/users.ts";

/**
 * Holds the row of a user who has proved who they are until the transaction ends: who disables the user, or changes the
 * password, either comes before, and is seen here, or after, and ends the session that is opened meanwhile too.
 *
 * @param user as they were when they proved it
 * @throws Problem when they may not log in any more, or not with that password
 */
export async function holdUser(context: Context, trx: TenantTrx, user: User): Promise<Standing> {
  const standing = await holdStanding(trx, user.id);
  if (!standing?.isActive || !isSamePassword(context, user, standing)) throw invalidCredentials();
  return standing;
}

/** A hash with weaker parameters may have been replaced by this very login, or one beside it. */
function isSamePassword({ hasher }: Context, proved: User, current: Standing): boolean {
  if (proved.password_hash === current.passwordHash) return true;
  return proved.password_hash !== null && hasher.isOutdated(proved.password_hash);
}
