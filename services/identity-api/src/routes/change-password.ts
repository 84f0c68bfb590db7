import { invalid, notFound, sessionEnded, userOf, type App } from "@condo/http";
import { withTenant } from "@condo/schema";
import { z } from "zod";
import type { Context } from "../context.ts";
import { accountLocked, passwordChangedMeanwhile, wrongPassword } from "../errors.ts";
import { giveNewPassword } from "../new-password.ts";
import { assertHardToGuess, passwordContextOf } from "../password-policy.ts";
import { findLock } from "../repositories/login-attempts.ts";
import { findSession } from "../repositories/sessions.ts";
import { findTenant } from "../repositories/tenants.ts";
import { findUser, lockUser } from "../repositories/users.ts";
import { tryPassword } from "../try-password.ts";
import { newPassword } from "./schemas.ts";

const body = z.strictObject({
  current_password: z.string().max(1024),
  new_password: newPassword,
  end_other_sessions: z.boolean().default(true),
});

export function changePassword(app: App, context: Context): void {
  const { config, db, hasher, mails } = context;
  app.route({
    method: "POST",
    url: "/users/change-password",
    config: { access: "authenticated", rateLimit: { max: config.LOGIN_ATTEMPTS_PER_MINUTE } },
    schema: {
      tags: ["users"],
      summary: "Change one's own password",
      description:
        "Wrong guesses at the current one count as they do at a login, and lock the account. A password that another change gave meanwhile stays: `password_changed`.",
      body,
      response: { 204: z.null() },
    },
    handler: async (request, reply) => {
      const { current_password, new_password, end_other_sessions } = request.body;
      const { tenantId, userId, sessionId } = userOf(request);
      const { user, tenant } = await withTenant(db, tenantId, async (trx) => ({
        user: await findUser(trx, userId),
        tenant: await findTenant(trx, tenantId),
      }));
      if (!user) throw notFound("user");

      const account = { tenantId, email: user.email, isOpen: true };
      const outcome = await tryPassword(context, request, account, current_password, async () => undefined);
      if (!outcome.matched) {
        const lockedUntil = await withTenant(db, tenantId, (trx) => findLock(trx, account));
        throw lockedUntil ? accountLocked(lockedUntil) : wrongPassword();
      }
      assertHardToGuess("body.new_password", new_password, passwordContextOf(tenant, user));
      if (new_password === current_password) throw invalid("body.new_password", "is the password you have");

      const passwordHash = await hasher.hash(new_password);
      await withTenant(db, tenantId, async (trx) => {
        const current = await lockUser(trx, userId);
        // A reset, or an admin, may have come before: who was shut out meanwhile changes nothing any more.
        const session = await findSession(trx, sessionId);
        if (!current || !session || session.ended_at) throw sessionEnded();
        if (current.password_hash !== outcome.user.password_hash) throw passwordChangedMeanwhile();
        await giveNewPassword(trx, request, current, {
          passwordHash,
          how: "changed",
          sessions: end_other_sessions ? { except: sessionId } : null,
        });
      });
      mails.wake();
      return reply.code(204).header("cache-control", "no-store").send(null);
    },
  });
}
