import { emitAll } from "@condo/events";
import { actorOf } from "@condo/http";
import { auditAll, type TenantTrx } from "@condo/schema";
import type { FastifyRequest } from "fastify";
import { endSessionsOf } from "./repositories/sessions.ts";

/**
 * Ends a user's open sessions, all unless told otherwise, and tells of each.
 *
 * @returns how many there were
 */
export async function endSessions(
  trx: TenantTrx,
  request: FastifyRequest,
  user: { tenantId: string; userId: string },
  reason: string,
  which: { only?: string; except?: string } = {},
): Promise<number> {
  const ended = await endSessionsOf(trx, user.userId, reason, which);
  await emitAll(
    trx,
    user.tenantId,
    "session.ended",
    ended.map((sessionId) => ({ session_id: sessionId, user_id: user.userId, reason })),
  );
  await auditAll(
    trx,
    ended.map((sessionId) => ({
      tenantId: user.tenantId,
      actor: actorOf(request),
      action: "session.ended",
      subjectType: "session",
      subjectId: sessionId,
      after: { user_id: user.userId, reason },
    })),
  );
  return ended.length;
}
