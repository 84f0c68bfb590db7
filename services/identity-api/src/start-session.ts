import { emit } from "@condo/events";
import { newId, type TenantTrx, type User } from "@condo/schema";
import { signAccessToken } from "./access-token.ts";
import type { Context } from "./context.ts";
import { newRefreshToken } from "./refresh-token.ts";
import { insertRefreshToken } from "./repositories/refresh-tokens.ts";
import { insertSession } from "./repositories/sessions.ts";

/** Opens a session for a user who has proved who they are, and makes its first tokens. */
export async function startSession(
  context: Context,
  trx: TenantTrx,
  user: User,
  from: { address: string; userAgent: string | undefined },
) {
  const now = new Date();
  const sessionId = newId();
  const expiresAt = new Date(now.getTime() + context.config.SESSION_SECONDS * 1000);
  await insertSession(trx, {
    id: sessionId,
    tenant_id: user.tenant_id,
    user_id: user.id,
    address: from.address,
    user_agent: from.userAgent?.slice(0, 512) ?? null,
    expires_at: expiresAt,
  });
  const refreshToken = newRefreshToken(user.tenant_id);
  await insertRefreshToken(trx, {
    tenant_id: user.tenant_id,
    token_hash: refreshToken.hash,
    session_id: sessionId,
  });
  await emit(trx, user.tenant_id, "session.started", { session_id: sessionId, user_id: user.id });
  const access = await signAccessToken(
    context,
    { userId: user.id, tenantId: user.tenant_id, sessionId, role: user.role },
    expiresAt,
    now,
  );
  return { sessionId, refreshToken: refreshToken.token, ...access };
}
