import { identityOf, type App } from "@condo/http";
import { withTenant } from "@condo/schema";
import { z } from "zod";
import { lockManagedUser } from "../authority.ts";
import type { Context } from "../context.ts";
import { endSessions } from "../end-sessions.ts";
import { ownFactors } from "../errors.ts";
import { noteFactorRemoved } from "../factor-notes.ts";
import { deletePasskeysOf } from "../repositories/passkeys.ts";
import { deleteRecoveryCodes } from "../repositories/recovery-codes.ts";
import { forgetAttempts } from "../repositories/second-factor-attempts.ts";
import { deleteTotpFactor } from "../repositories/totp-factors.ts";
import { userParams } from "./user-schema.ts";

export function resetUserMfa(app: App, { db }: Context): void {
  app.route({
    method: "DELETE",
    url: "/mfa/users/:user_id",
    config: { access: "mfa:write" },
    schema: {
      tags: ["second factors"],
      summary: "Take all factors from a user who lost them",
      description: "Ends the user's sessions, and unlocks the second step. Nobody resets their own.",
      params: userParams,
      response: { 204: z.null() },
    },
    handler: async (request, reply) => {
      const actor = identityOf(request);
      const userId = request.params.user_id;
      // Otherwise a token, or a key, in other hands would do what needs a fresh login and a code.
      if (userId === actor.userId) throw ownFactors();
      const who = { tenantId: actor.tenantId, userId };
      await withTenant(db, actor.tenantId, async (trx) => {
        const { email } = await lockManagedUser(trx, actor, userId);
        await deleteTotpFactor(trx, userId);
        await deletePasskeysOf(trx, userId);
        await deleteRecoveryCodes(trx, userId);
        await forgetAttempts(trx, userId);
        await noteFactorRemoved(trx, request, { ...who, email }, "all");
        await endSessions(trx, request, who, "mfa_reset");
      });
      return reply.code(204).send(null);
    },
  });
}
