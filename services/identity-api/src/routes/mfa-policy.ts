import { actorOf, type App, assertUnchanged, identityOf, setETag, userOf } from "@condo/http";
import { audit, readTenant, withTenant } from "@condo/schema";
import { z } from "zod";
import type { Context } from "../context.ts";
import { ownFactorFirst } from "../errors.ts";
import { factorsOf } from "../repositories/factors.ts";
import { findMfaPolicy, setMfaRequired } from "../repositories/mfa-policies.ts";
import { lockAdministration } from "../repositories/tenants.ts";
import { methodsOf } from "../second-factor.ts";

const policy = z.strictObject({ require_mfa: z.boolean() }).meta({ id: "MfaPolicy" });

export function getMfaPolicy(app: App, { db }: Context): void {
  app.route({
    method: "GET",
    url: "/mfa/policy",
    config: { access: "mfa:read", isConditional: true },
    schema: {
      tags: ["second factors"],
      summary: "Whether the tenant requires a second factor",
      description:
        "Holds for all its users, from their next login on. Its ETag makes a change of it conditional.",
      response: { 200: policy },
    },
    handler: async (request, reply) => {
      const policy = await readTenant(db, identityOf(request).tenantId, (trx) => findMfaPolicy(trx));
      setETag(reply, policy);
      return { require_mfa: policy.is_required };
    },
  });
}

export function putMfaPolicy(app: App, { db }: Context): void {
  app.route({
    method: "PUT",
    url: "/mfa/policy",
    config: { access: "mfa:write", isConditional: true },
    schema: {
      tags: ["second factors"],
      summary: "Require a second factor of all users of the tenant, or no longer",
      description:
        "It holds from the next login on: who has no factor sets one up in the middle of it. Open sessions go on. Who requires it has a factor already.",
      body: policy,
      response: { 200: policy },
    },
    handler: async (request, reply) => {
      const { tenantId, userId } = userOf(request);
      const { require_mfa } = request.body;
      const policy = await withTenant(db, tenantId, async (trx) => {
        await lockAdministration(trx, tenantId);
        if (require_mfa && methodsOf(await factorsOf(trx, userId)).length === 0) throw ownFactorFirst();
        const before = await findMfaPolicy(trx);
        assertUnchanged(request, before);
        const after = await setMfaRequired(trx, tenantId, require_mfa);
        await audit(trx, {
          tenantId,
          actor: actorOf(request),
          action: "mfa_policy.updated",
          subjectType: "tenant",
          subjectId: tenantId,
          before: { require_mfa: before.is_required },
          after: { require_mfa },
        });
        return after;
      });
      setETag(reply, policy);
      return { require_mfa };
    },
  });
}
