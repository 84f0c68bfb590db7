import { emit } from "@condo/events";
import { actorOf } from "@condo/http";
import { audit, type TenantTrx, type User } from "@condo/schema";
import type { FastifyRequest } from "fastify";
import { endSessions } from "./end-sessions.ts";
import { clearAttempts } from "./repositories/login-attempts.ts";
import { voidMailTokens } from "./repositories/mail-tokens.ts";
import { queueMail } from "./repositories/mails.ts";
import { setPassword } from "./repositories/users.ts";

/**
 * Gives a user a new password, with all that goes with it: what was mailed to reset the old one is void, the count of
 * wrong guesses begins anew, sessions end, and the user is told.
 *
 * @param sessions which end; none by null
 */
export async function giveNewPassword(
  trx: TenantTrx,
  request: FastifyRequest,
  user: User,
  {
    passwordHash,
    how,
    sessions,
  }: { passwordHash: string; how: string; sessions: { except?: string } | null },
): Promise<void> {
  const who = { tenantId: user.tenant_id, userId: user.id };
  await setPassword(trx, user.id, passwordHash);
  await voidMailTokens(trx, user.id, "password_reset");
  await clearAttempts(trx, { tenantId: user.tenant_id, email: user.email });
  if (sessions) await endSessions(trx, request, who, "password_changed", sessions);
  await emit(trx, user.tenant_id, "user.password_changed", { user_id: user.id });
  await audit(trx, {
    tenantId: user.tenant_id,
    actor: { ...actorOf(request), type: "user", id: user.id },
    action: "user.password_changed",
    subjectType: "user",
    subjectId: user.id,
    after: { how },
  });
  await queueMail(trx, request, {
    tenantId: user.tenant_id,
    kind: "password_changed",
    recipient: user.email,
    subjectId: user.id,
  });
}
