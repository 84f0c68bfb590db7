import type { App } from "@condo/http";
import { newId, withTenant } from "@condo/schema";
import { assertNotOurs, createTenant as create, newSlug, presentTenant, tenantSchema } from "@condo/tenancy";
import { z } from "zod";
import type { Context } from "../context.ts";
import { takenExplained } from "../errors.ts";
import { operatorOf } from "../operator.ts";
import { tenantDomain, tenantName, trialEnd } from "./tenant-schema.ts";

const personName = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, "has characters that can't be shown");

const body = z.strictObject({
  name: tenantName,
  slug: newSlug,
  domain: tenantDomain.optional(),
  plan: z.string().max(63).optional().describe("`standard` by default"),
  trial_ends_at: trialEnd.optional(),
  admin: z
    .strictObject({
      email: z.string().trim().toLowerCase().max(320).pipe(z.email()),
      first_name: personName,
      last_name: personName,
    })
    .optional()
    .describe("Its first admin, who gets a mail to set a password with"),
});

export function createTenant(app: App, { baseHost, db }: Context): void {
  app.route({
    method: "POST",
    url: "/tenants",
    config: { access: "tenants:write" },
    schema: {
      tags: ["tenants"],
      summary: "Create a tenant",
      description: "For operators; a customer registers by `POST /auth/register`.",
      body,
      response: { 201: tenantSchema },
    },
    handler: async (request, reply) => {
      const by = operatorOf(request, "tenants:write");
      const { trial_ends_at: trialEndsAt, ...given } = request.body;
      if (given.domain) assertNotOurs("body.domain", given.domain, baseHost);
      const id = newId();
      const tenant = await withTenant(db, id, (trx) =>
        create(trx, { ...given, id, trialEndsAt: trialEndsAt ? new Date(trialEndsAt) : null }, by),
      ).catch(takenExplained);
      return reply.code(201).send(presentTenant(tenant));
    },
  });
}
