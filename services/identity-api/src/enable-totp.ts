import type { TenantTrx } from "@condo/schema";
import type { FastifyRequest } from "fastify";
import type { Context } from "./context.ts";
import { noteFactorAdded } from "./factor-notes.ts";
import { firstRecoveryCodes } from "./recovery-codes.ts";
import { markTotpConfirmed } from "./repositories/totp-factors.ts";

/**
 * Puts an authenticator app, a code of which was shown, into use.
 *
 * @returns recovery codes, for a user who has none yet
 */
export async function enableTotp(
  trx: TenantTrx,
  { sealer }: Context,
  request: FastifyRequest,
  user: { tenantId: string; userId: string; email: string },
): Promise<string[] | undefined> {
  await markTotpConfirmed(trx, user.userId);
  await noteFactorAdded(trx, request, user, "totp");
  return firstRecoveryCodes(trx, sealer, user);
}
