import { emit } from "@condo/events";
import { actorOf } from "@condo/http";
import { audit, type TenantTrx } from "@condo/schema";
import type { FastifyRequest } from "fastify";
import { queueMail } from "./repositories/mails.ts";

interface Owner {
  tenantId: string;
  userId: string;
  email: string;
}

export async function noteFactorAdded(
  trx: TenantTrx,
  request: FastifyRequest,
  { tenantId, userId, email }: Owner,
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
  await queueMail(trx, request, { tenantId, kind: "factor_added", recipient: email, subjectId: userId });
}

/** @param factor `all` when somebody else reset them */
export async function noteFactorRemoved(
  trx: TenantTrx,
  request: FastifyRequest,
  { tenantId, userId, email }: Owner,
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
  await queueMail(trx, request, { tenantId, kind: "factor_removed", recipient: email, subjectId: userId });
}
