import { emit } from "@condo/events";
import type { TenantTrx, User } from "@condo/schema";
import { signAccessToken } from "./access-token.ts";
import type { Context } from "./context.ts";
import { newRefreshToken } from "./refresh-token.ts";
import { insertRefreshToken } from "./repositories/refresh-tokens.ts";
import { insertSession } from "./repositories/sessions.ts";

/**
 * Opens a session for a user who has proved who they are, and whose row is held by `holdUser`, and makes its first tokens.
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
  const [access] = await Promise.all([
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
  return { refreshToken: refreshToken.token, ...access };
}
