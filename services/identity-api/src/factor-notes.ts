import { emit } from "@condo/events";
import { actorOf } from "@condo/http";
import { audit, type TenantTrx } from "@condo/schema";
import type { FastifyRequest } from "fastify";

export async function noteFactorAdded(
  trx: TenantTrx,
  request: FastifyRequest,
  { tenantId, userId }: { tenantId: string; userId: string },
  factor: "totp" | "passkey",
): Promise<void> {
  await emit(trx, tenantId, "user.mfa_enabled", { user_id: userId });
  await audit(trx, {
    tenantId,
    actor: actorOf(request),
    action: `mfa.${factor}_added`,
    subjectType: "user",
    subjectId: userId,
  });
}

/** @param factor `all` when somebody else reset them */
export async function noteFactorRemoved(
  trx: TenantTrx,
  request: FastifyRequest,
  { tenantId, userId }: { tenantId: string; userId: string },
  factor: "totp" | "passkey" | "all",
): Promise<void> {
  await emit(trx, tenantId, "user.mfa_disabled", { user_id: userId });
  await audit(trx, {
    tenantId,
    actor: actorOf(request),
    action: factor === "all" ? "mfa.reset" : `mfa.${factor}_removed`,
    subjectType: "user",
    subjectId: userId,
  });
}
