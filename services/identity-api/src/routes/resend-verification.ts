import { userOf, type App } from "@condo/http";
import { withTenant } from "@condo/schema";
import { z } from "zod";
import type { Context } from "../context.ts";
import { queueMail } from "../repositories/mails.ts";

export function resendVerification(app: App, { config, db, mails }: Context): void {
  app.route({
    method: "POST",
    url: "/auth/resend-verification",
    config: { access: "authenticated", rateLimit: { max: config.LOGIN_ATTEMPTS_PER_MINUTE } },
    schema: {
      tags: ["auth"],
      summary: "Ask for another mail to verify one's e-mail address by",
      description: "Nothing is sent for an address that is verified, nor more than five mails an hour.",
      response: { 202: z.object({ message: z.string() }) },
    },
    handler: async (request, reply) => {
      const { tenantId, userId, email } = userOf(request);
      await withTenant(db, tenantId, (trx) =>
        queueMail(trx, request, {
          tenantId,
          kind: "email_verification",
          recipient: email,
          subjectId: userId,
        }),
      );
      mails.wake();
      return reply.code(202).send({ message: "A mail is on its way." });
    },
  });
}
