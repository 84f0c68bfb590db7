import type { App } from "@condo/http";
import { withTenant } from "@condo/schema";
import { z } from "zod";
import { findTenantOf } from "../check-credentials.ts";
import type { Context } from "../context.ts";
import { queueMail } from "../repositories/mails.ts";
import { noTenant } from "../try-password.ts";
import { email, tenantSlug } from "./schemas.ts";

const body = z.strictObject({ email, tenant_slug: tenantSlug });

export function forgotPassword(app: App, context: Context): void {
  const { config, db, mails } = context;
  app.route({
    method: "POST",
    url: "/auth/forgot-password",
    config: { access: "public", rateLimit: { max: config.LOGIN_ATTEMPTS_PER_MINUTE } },
    schema: {
      tags: ["auth"],
      summary: "Ask for a mail to reset a password by",
      description:
        "The answer is the same whether there is such a user or not. Name the tenant if the address is known to several.",
      body,
      response: { 202: z.object({ message: z.string() }) },
    },
    handler: async (request, reply) => {
      const { email, tenant_slug } = request.body;
      const tenant = await findTenantOf(context, request, { email, tenantSlug: tenant_slug ?? undefined });
      // Whether there is such a user is looked at when the mail is written: here, it makes no difference.
      const tenantId = tenant?.id ?? noTenant;
      await withTenant(db, tenantId, (trx) =>
        queueMail(trx, request, { tenantId, kind: "password_reset", recipient: email, subjectId: null }),
      );
      mails.wake();
      return reply.code(202).send({ message: "If the address is known, a mail is on its way." });
    },
  });
}
