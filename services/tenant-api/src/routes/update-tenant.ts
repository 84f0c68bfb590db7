import { emit } from "@condo/events";
import {
  actorOf,
  type App,
  assertUnchanged,
  identityOf,
  invalid,
  notFound,
  Problem,
  setETag,
} from "@condo/http";
import { withTenant, type Tenant, type TenantTrx } from "@condo/schema";
import {
  assertFeature,
  assertNotOurs,
  auditBy,
  type By,
  changeLimits,
  illegalTransition,
  lockTenant,
  presentTenant,
  stepTo,
  takeStep,
  tenantSchema,
} from "@condo/tenancy";
import type { FastifyRequest } from "fastify";
import type { z } from "zod";
import type { Context } from "../context.ts";
import { takenExplained } from "../errors.ts";
import { sideOf } from "../operator.ts";
import { updateTenant as update } from "../repositories/tenants.ts";
import { operatorChange, tenantChange, tenantParams } from "./tenant-schema.ts";

type Change = z.output<typeof operatorChange>;

export function updateTenant(app: App, { baseHost, db }: Context): void {
  app.route({
    method: "PUT",
    url: "/tenants/current",
    config: { access: "tenant:write", isConditional: true },
    schema: {
      operationId: "updateCurrentTenant",
      tags: ["tenants"],
      summary: "Change the caller's tenant",
      description: "What is left out stays as it is. A domain stands for the tenant once it is verified.",
      body: tenantChange,
      response: { 200: tenantSchema },
    },
    handler: async (request, reply) => {
      const { tenantId } = identityOf(request);
      assertDomain(request.body, baseHost);
      const by = { actor: actorOf(request), isOperator: false };
      const tenant = await withTenant(db, tenantId, (trx) =>
        change(trx, request, tenantId, request.body, by),
      ).catch(takenExplained);
      setETag(reply, tenant);
      return presentTenant(tenant);
    },
  });
  app.route({
    method: "PUT",
    url: "/tenants/:tenant_id",
    config: { access: "tenant:write", isConditional: true },
    schema: {
      operationId: "updateTenant",
      tags: ["tenants"],
      summary: "Change a tenant",
      description: "The caller's own, of which name and domain can be changed; or for operators any.",
      params: tenantParams,
      body: operatorChange,
      response: { 200: tenantSchema },
    },
    handler: async (request, reply) => {
      const { tenant_id: tenantId } = request.params;
      assertDomain(request.body, baseHost);
      const by = sideOf(request, tenantId, "tenants:write");
      if (!by.isOperator) assertOwn(request.body);
      const tenant = await withTenant(db, tenantId, (trx) =>
        change(trx, request, tenantId, request.body, by),
      ).catch(takenExplained);
      setETag(reply, tenant);
      return presentTenant(tenant);
    },
  });
}

function assertDomain({ domain }: Change, baseHost: string): void {
  if (domain) assertNotOurs("body.domain", domain, baseHost);
}

function assertOwn(body: Change): void {
  if (tenantChange.safeParse(body).success) return;
  throw new Problem(403, "operator_required", "Of its own record a tenant changes name and domain alone.");
}

/** Everything that was asked for, or nothing. */
async function change(
  trx: TenantTrx,
  request: FastifyRequest,
  tenantId: string,
  body: Change,
  by: By,
): Promise<Tenant> {
  const { status, status_reason: reason, plan, limit_overrides: overrides, ...fields } = body;
  let tenant = await lockTenant(trx, tenantId);
  if (!tenant) throw notFound("tenant");
  assertUnchanged(request, tenant);
  if (plan !== undefined || overrides !== undefined) {
    tenant = (await changeLimits(trx, tenantId, { plan, overrides }, by)) ?? tenant;
  }
  if (Object.keys(fields).length > 0) tenant = await changeFields(trx, tenant, fields, by);
  if (status !== undefined && status !== tenant.status) {
    const step = stepTo(tenant, status, new Date());
    if (!step) throw illegalTransition(tenant.status, status);
    tenant = (await takeStep(trx, tenantId, step, { ...by, reason })) ?? tenant;
  }
  return tenant;
}

async function changeFields(
  trx: TenantTrx,
  before: Tenant,
  { trial_ends_at: trialEndsAt, ...change }: Pick<Change, "name" | "domain" | "trial_ends_at">,
  by: By,
): Promise<Tenant> {
  if (change.domain) await assertFeature(trx, before.id, "custom_domain");
  if (trialEndsAt !== undefined && before.status !== "trial") {
    throw invalid("body.trial_ends_at", "is for a tenant on trial alone");
  }
  const after = await update(trx, before.id, {
    ...change,
    ...(trialEndsAt === undefined ? {} : { trial_ends_at: new Date(trialEndsAt) }),
  });
  await emit(trx, before.id, "tenant.updated", { slug: after.slug });
  await auditBy(trx, by, {
    tenantId: before.id,
    action: "tenant.updated",
    subjectType: "tenant",
    subjectId: before.id,
    before: presentTenant(before),
    after: presentTenant(after),
  });
  return after;
}
