import { type App, assertUnchanged, identityOf, notFound } from "@condo/http";
import { withTenant } from "@condo/schema";
import { assertStep, lockTenant, presentTenant, takeStep, tenantSchema } from "@condo/tenancy";
import { z } from "zod";
import { isConfirmed, newConfirmation } from "../confirmation.ts";
import type { Context } from "../context.ts";
import { confirmationInvalid } from "../errors.ts";
import { sideOf } from "../operator.ts";
import { tenantParams } from "./tenant-schema.ts";

const querystring = z.object({
  confirmation: z.string().max(200).optional().describe("From the first answer: the second time it is meant"),
});

const asked = z.object({
  confirmation: z.string().describe("Send the same request again with it, within 10 minutes"),
  tenant: tenantSchema,
  grace_seconds: z.int().describe("How long the tenant will be closing before everything is erased"),
});

export function deleteTenant(app: App, { config, db, sealer }: Context): void {
  app.route({
    method: "DELETE",
    url: "/tenants/:tenant_id",
    config: { access: "tenant:close", isConditional: true },
    schema: {
      tags: ["tenants"],
      summary: "Close a tenant, and have everything of it erased",
      description:
        "Asked twice: the first answer has a confirmation. Then nobody can log in, nothing is taken in or sent, and after a grace, in which an operator can call it off, everything is erased. Export before.",
      params: tenantParams,
      querystring,
      response: { 200: asked, 202: tenantSchema },
    },
    handler: async (request, reply) => {
      const { tenant_id: tenantId } = request.params;
      const by = sideOf(request, tenantId, "tenants:write");
      const { confirmation } = request.query;
      const caller = identityOf(request);
      const closed = await withTenant(db, tenantId, async (trx) => {
        const tenant = await lockTenant(trx, tenantId);
        if (!tenant) throw notFound("tenant");
        assertUnchanged(request, tenant);
        assertStep(tenant, "close");
        const what = [
          "close",
          tenantId,
          tenant.status_changed_at.toISOString(),
          caller.tenantId,
          String(by.actor.id),
        ];
        if (confirmation === undefined) {
          return { tenant, confirmation: newConfirmation(sealer, what, new Date()) };
        }
        if (!isConfirmed(sealer, what, confirmation, new Date())) throw confirmationInvalid();
        const graceSeconds = config.CLOSING_GRACE_SECONDS;
        return { tenant: (await takeStep(trx, tenantId, "close", { ...by, graceSeconds })) ?? tenant };
      });
      reply.header("cache-control", "no-store");
      if (closed.confirmation === undefined) return reply.code(202).send(presentTenant(closed.tenant));
      return reply.send({
        confirmation: closed.confirmation,
        tenant: presentTenant(closed.tenant),
        grace_seconds: config.CLOSING_GRACE_SECONDS,
      });
    },
  });
}
