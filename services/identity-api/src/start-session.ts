import { emit } from "@condo/events";
import type { TenantTrx, User } from "@condo/schema";
import { signAccessToken } from "./access-token.ts";
import type { Context } from "./context.ts";
import { invalidCredentials } from "./errors.ts";
import { newRefreshToken } from "./refresh-token.ts";
import { insertRefreshToken } from "./repositories/refresh-tokens.ts";
import { insertSession } from "./repositories/sessions.ts";
import { holdUser } from "./repositories/users.ts";

/**
 * Opens a session for a user who has proved who they are, and makes its first tokens. The user's row is held meanwhile: who
 * disables the user, or changes the password, either comes before, and is seen here, or after, and ends this session too.
 *
 * @param user as they were when they proved it
 * @throws Problem when they may not log in any more, or not with that password
 */
export async function startSession(
  context: Context,
  trx: TenantTrx,
  user: User,
  { sessionId, address, userAgent }: { sessionId: string; address: string; userAgent: string | undefined },
) {
  const now = new Date();
  const expiresAt = new Date(now.getTime() + context.config.SESSION_SECONDS * 1000);
  const refreshToken = newRefreshToken(user.tenant_id);
  // Sent together: the row is held first, and where it says no, the rest is undone with the transaction.
  const held = holdUser(trx, user.id);
  const opened = Promise.all([
    signAccessToken(
      context,
      { userId: user.id, tenantId: user.tenant_id, sessionId, role: user.role },
      expiresAt,
      now,
    ),
    insertSession(trx, {
      id: sessionId,
      tenant_id: user.tenant_id,
      user_id: user.id,
      address,
      user_agent: userAgent?.slice(0, 512) ?? null,
      expires_at: expiresAt,
    }),
    insertRefreshToken(trx, {
      tenant_id: user.tenant_id,
      token_hash: refreshToken.hash,
      session_id: sessionId,
    }),
    emit(trx, user.tenant_id, "session.started", { session_id: sessionId, user_id: user.id }),
  ]);
  // A user who is erased by now has no session either, which is not what is to be said of it.
  opened.catch(() => undefined);
  const current = await held;
  if (!current?.is_active || !isSamePassword(context, user, current)) throw invalidCredentials();
  const [access] = await opened;
  return { refreshToken: refreshToken.token, ...access };
}

/** A hash with weaker parameters may have been replaced by this very login, or one beside it. */
function isSamePassword({ hasher }: Context, proved: User, current: Pick<User, "password_hash">): boolean {
  if (proved.password_hash === current.password_hash) return true;
  return proved.password_hash !== null && hasher.isOutdated(proved.password_hash);
}
