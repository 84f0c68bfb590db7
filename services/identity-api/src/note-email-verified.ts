import { emit } from "@condo/events";
import { actorOf } from "@condo/http";
import { audit, type TenantTrx } from "@condo/schema";
import type { FastifyRequest } from "fastify";
import { markEmailVerified } from "./repositories/users.ts";

/** Notes that a user has proved to read mail at their address, and tells of it where that was not known. */
export async function noteEmailVerified(
  trx: TenantTrx,
  request: FastifyRequest,
  { tenantId, userId }: { tenantId: string; userId: string },
): Promise<void> {
  if (!(await markEmailVerified(trx, userId))) return;
  await emit(trx, tenantId, "user.email_verified", { user_id: userId });
  await audit(trx, {
    tenantId,
    actor: { ...actorOf(request), type: "user", id: userId },
    action: "user.email_verified",
    subjectType: "user",
    subjectId: userId,
  });
}
