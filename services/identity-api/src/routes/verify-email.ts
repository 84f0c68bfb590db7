import { keepAnswer, onceOrAnsweredBefore, type App } from "@condo/http";
import { withTenant } from "@condo/schema";
import { z } from "zod";
import type { Context } from "../context.ts";
import { invalidVerificationToken } from "../errors.ts";
import { parseMailToken } from "../mail-token.ts";
import { noteEmailVerified } from "../note-email-verified.ts";
import { takeMailToken, voidMailTokens } from "../repositories/mail-tokens.ts";
import { mailToken } from "./schemas.ts";

const body = z.strictObject({ token: mailToken });

export function verifyEmail(app: App, { config, db, sealer }: Context): void {
  app.route({
    method: "POST",
    url: "/auth/verify-email",
    config: { access: "public", rateLimit: { max: config.LOGIN_ATTEMPTS_PER_MINUTE } },
    schema: {
      tags: ["auth"],
      summary: "Verify an e-mail address by a mailed token",
      description: "The token is good once, and others that were mailed to the same user end with it.",
      body,
      response: { 204: z.null() },
    },
    handler: async (request, reply) => {
      const presented = parseMailToken("email_verification", request.body.token);
      if (!presented) throw invalidVerificationToken();
      const { tenantId, hash } = presented;
      const once = { sealer, request, tenantId };
      return onceOrAnsweredBefore(db, once, reply, async () => {
        await withTenant(db, tenantId, async (trx) => {
          const userId = await takeMailToken(trx, hash, "email_verification");
          if (!userId) throw invalidVerificationToken();
          await voidMailTokens(trx, userId, "email_verification");
          await keepAnswer(trx, once, 204, null);
          await noteEmailVerified(trx, request, { tenantId, userId });
        });
        return reply.code(204).send(null);
      });
    },
  });
}
