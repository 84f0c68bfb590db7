import { emit } from "@condo/events";
import { actorOf, answeredBefore, keepAnswer, type App } from "@condo/http";
import { audit, newId, resolveTenant, withTenant } from "@condo/schema";
import { assertNotOurs, domainName, newSlug } from "@condo/tenancy";
import { z } from "zod";
import type { Context } from "../context.ts";
import { slugTaken } from "../errors.ts";
import { assertHardToGuess } from "../password-policy.ts";
import { queueMail } from "../repositories/mails.ts";
import { insertTenant } from "../repositories/tenants.ts";
import { insertUser } from "../repositories/users.ts";
import { email, newPassword, personName } from "./schemas.ts";

const body = z.strictObject({
  name: z.string().trim().min(1).max(200),
  slug: newSlug,
  domain: domainName.nullish().describe("The tenant's own domain, which stands for it once it is verified"),
  admin_email: email,
  admin_password: newPassword,
  admin_first_name: personName,
  admin_last_name: personName,
});

const response = z.object({
  tenant_id: z.uuid(),
  name: z.string(),
  slug: z.string(),
  domain: z.string().nullable(),
  status: z.string(),
  admin_user_id: z.uuid(),
  admin_email: z.string(),
  created_at: z.iso.datetime(),
});

export function register(app: App, { baseHost, config, db, hasher, mails, sealer }: Context): void {
  app.route({
    method: "POST",
    url: "/auth/register",
    config: { access: "public", rateLimit: { max: config.LOGIN_ATTEMPTS_PER_MINUTE } },
    schema: {
      tags: ["auth"],
      summary: "Register a tenant with its first admin",
      description:
        "Begins a tenant and its first user, a `tenant_admin`, who gets a mail to verify the address. It logs nobody in: that is `POST /auth/login`.",
      body,
      response: { 201: response },
    },
    handler: async (request, reply) => {
      const given = request.body;
      if (given.domain) assertNotOurs("body.domain", given.domain, baseHost);
      assertHardToGuess("body.admin_password", given.admin_password, {
        tenantNames: [given.name, given.slug],
        email: given.admin_email,
        firstName: given.admin_first_name,
        lastName: given.admin_last_name,
      });
      const passwordHash = await hasher.hash(given.admin_password);
      const tenantId = newId();
      const answer = await withTenant(db, tenantId, async (trx) => {
        const tenant = await insertTenant(trx, {
          id: tenantId,
          slug: given.slug,
          name: given.name,
          domain: given.domain ?? null,
        });
        const admin = await insertUser(trx, {
          id: newId(),
          tenant_id: tenantId,
          email: given.admin_email,
          password_hash: passwordHash,
          first_name: given.admin_first_name,
          last_name: given.admin_last_name,
          role: "tenant_admin",
        });
        await emit(trx, tenantId, "tenant.created", { slug: tenant.slug });
        await emit(trx, tenantId, "user.created", { user_id: admin.id, role: admin.role });
        await audit(trx, {
          tenantId,
          actor: actorOf(request),
          action: "tenant.registered",
          subjectType: "tenant",
          subjectId: tenantId,
          after: { name: tenant.name, slug: tenant.slug, domain: tenant.domain, admin_email: admin.email },
        });
        await queueMail(trx, request, {
          tenantId,
          kind: "email_verification",
          recipient: admin.email,
          subjectId: admin.id,
        });
        const answer = {
          tenant_id: tenant.id,
          name: tenant.name,
          slug: tenant.slug,
          domain: tenant.domain,
          status: tenant.status,
          admin_user_id: admin.id,
          admin_email: admin.email,
          created_at: tenant.created_at.toISOString(),
        };
        await keepAnswer(trx, { sealer, request, tenantId }, 201, answer);
        return answer;
      }).catch(undefinedForSlugTaken);
      if (answer) {
        mails.wake();
        return reply.code(201).send(answer);
      }
      const holder = await resolveTenant(db, given.slug);
      const again = holder && (await answeredBefore(db, { sealer, request, tenantId: holder.id }, reply));
      if (!again) throw slugTaken();
      return again;
    },
  });
}

function undefinedForSlugTaken(error: { constraint?: unknown }): undefined {
  if (error.constraint !== "tenants_slug_key") throw error;
}
