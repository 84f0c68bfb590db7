import type { TenantTrx, User } from "@condo/schema";
import { invalidCredentials } from "./errors.ts";
import { holdStanding, type Standing } from "./repositories/users.ts";

/**
 * Holds the row of a user who has proved who they are until the transaction ends: who disables the user, or changes the
 * password, either comes before, and is seen here, or after, and ends the session that is opened meanwhile too.
 *
 * @param user as they were when they proved it
 * @throws Problem when they may not log in any more, or not with that password
 */
export async function holdUser(trx: TenantTrx, user: User): Promise<Standing> {
  const standing = await holdStanding(trx, user.id);
  if (!standing?.isActive || standing.passwordHash !== user.password_hash) throw invalidCredentials();
  return standing;
}
