import { keepAnswer, onceOrAnsweredBefore, type App } from "@condo/http";
import { withTenant, type TenantTrx } from "@condo/schema";
import { z } from "zod";
import type { Context } from "../context.ts";
import { invalidResetToken } from "../errors.ts";
import { parseMailToken } from "../mail-token.ts";
import { giveNewPassword } from "../new-password.ts";
import { noteEmailVerified } from "../note-email-verified.ts";
import { assertHardToGuess, passwordContextOf } from "../password-policy.ts";
import { findUserOfToken, takeMailToken } from "../repositories/mail-tokens.ts";
import { findTenant } from "../repositories/tenants.ts";
import { findUser, lockUser } from "../repositories/users.ts";
import { mailToken, newPassword } from "./schemas.ts";

const body = z.strictObject({ token: mailToken, new_password: newPassword });

export function resetPassword(app: App, { config, db, hasher, mails, sealer }: Context): void {
  app.route({
    method: "POST",
    url: "/auth/reset-password",
    config: { access: "public", rateLimit: { max: config.LOGIN_ATTEMPTS_PER_MINUTE } },
    schema: {
      tags: ["auth"],
      summary: "Set a new password by a mailed token",
      description:
        "The token works once, within 30 minutes. All sessions end, and nobody is logged in: the next login asks for the second factor as ever.",
      body,
      response: { 204: z.null() },
    },
    handler: async (request, reply) => {
      const { token, new_password } = request.body;
      const presented = parseMailToken("password_reset", token);
      if (!presented) throw invalidResetToken();
      const { tenantId, hash } = presented;
      const once = { sealer, request, tenantId };
      return onceOrAnsweredBefore(db, once, reply, async () => {
        const { user, tenant } = await withTenant(db, tenantId, async (trx) => ({
          user: await userOf(trx, await findUserOfToken(trx, hash, "password_reset")),
          tenant: await findTenant(trx, tenantId),
        }));
        // A password that is refused leaves the token good.
        assertHardToGuess("body.new_password", new_password, passwordContextOf(tenant, user));
        const passwordHash = await hasher.hash(new_password);
        await withTenant(db, tenantId, async (trx) => {
          // The user before the token, as a change of password takes them: the other way round the two would deadlock.
          const userId = await findUserOfToken(trx, hash, "password_reset");
          if (userId !== undefined) await lockUser(trx, userId);
          const user = await userOf(trx, await takeMailToken(trx, hash, "password_reset"));
          await giveNewPassword(trx, request, user, { passwordHash, how: "reset by mail", sessions: {} });
          await noteEmailVerified(trx, request, { tenantId, userId: user.id });
          await keepAnswer(trx, once, 204, null);
        });
        mails.wake();
        return reply.code(204).header("cache-control", "no-store").send(null);
      });
    },
  });
}

async function userOf(trx: TenantTrx, userId: string | undefined) {
  const user = userId === undefined ? undefined : await findUser(trx, userId);
  if (!user) throw invalidResetToken();
  return user;
}
