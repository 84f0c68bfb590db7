import { actorOf, allows, identityOf, notFound, type Permission } from "@condo/http";
import { platformTenant } from "@condo/schema";
import type { By } from "@condo/tenancy";
import type { FastifyRequest } from "fastify";

/** Whether the caller is an operator: somebody of the platform's own tenant who has this permission. */
function isOperator(request: FastifyRequest, permission: Permission): boolean {
  const caller = identityOf(request);
  return caller.tenantId === platformTenant.id && allows(caller, permission);
}

/**
 * Whether a request about a tenant comes from that tenant itself, or from an operator.
 *
 * @throws Problem 404 when it comes from anybody else, for whom the tenant is not there
 */
export function sideOf(request: FastifyRequest, tenantId: string, permission: Permission): By {
  const actor = actorOf(request);
  if (identityOf(request).tenantId === tenantId) return { actor, isOperator: false };
  if (!isOperator(request, permission)) throw notFound("tenant");
  return { actor: { ...actor, type: "operator" }, isOperator: true };
}

/** As {@link sideOf}, for what operators alone may do; permissions say so too, for who is of the platform's tenant. */
export function operatorOf(request: FastifyRequest, permission: Permission): By {
  if (!isOperator(request, permission)) throw notFound("tenant");
  return { actor: { ...actorOf(request), type: "operator" }, isOperator: true };
}
