import {
  failuresOfAddress,
  resolveTenant,
  tenantsOfEmail,
  type Db,
  type ResolvedTenant,
  type TenantTrx,
  type User,
} from "@condo/schema";
import type { FastifyRequest } from "fastify";
import type { Context } from "./context.ts";
import { invalidCredentials, tooManyFailures } from "./errors.ts";
import { isOpen, namedTenant } from "./named-tenant.ts";
import { noTenant, tryPassword } from "./try-password.ts";

/**
 * Tells who somebody is by e-mail address and password, and goes on with that.
 *
 * @param goOn what they wanted, as {@link tryPassword} does it
 * @throws Problem, the same for an unknown user, a wrong password, a locked account, a disabled user and a suspended tenant
 */
export async function checkCredentials<T>(
  context: Context,
  request: FastifyRequest,
  given: { email: string; password: string; tenantSlug: string | undefined },
  goOn: (trx: TenantTrx, who: { tenant: ResolvedTenant; user: User }) => Promise<T>,
): Promise<T> {
  const [tenant] = await Promise.all([
    findTenantOf(context, request, given),
    refuseFailingAddress(context, request),
  ]);
  const account = {
    tenantId: tenant?.id ?? noTenant,
    email: given.email,
    isOpen: isOpen(tenant),
  };
  const outcome = await tryPassword(context, request, account, given.password, async (trx, user) => {
    // A user of no tenant there is not: for the compiler.
    if (!tenant) throw invalidCredentials();
    return goOn(trx, { tenant, user });
  });
  if (!outcome.matched) throw invalidCredentials();
  return outcome.value;
}

/**
 * The tenant of somebody who is not logged in: the one that the body, the header or the subdomain names, or the only
 * one that knows the address.
 */
export async function findTenantOf(
  context: Context,
  request: FastifyRequest,
  given: { email: string; tenantSlug: string | undefined },
): Promise<ResolvedTenant | undefined> {
  const named = await namedTenant(request, context, given.tenantSlug);
  return named === undefined ? onlyTenantOf(context.db, given.email) : (named ?? undefined);
}

async function onlyTenantOf(db: Db, email: string): Promise<ResolvedTenant | undefined> {
  const [only, another] = await tenantsOfEmail(db, email);
  // A question is asked in any case, so that an unknown address takes as long.
  return resolveTenant(db, only && !another ? only : noTenant);
}

async function refuseFailingAddress({ db, config }: Context, request: FastifyRequest): Promise<void> {
  const seen = await failuresOfAddress(db, request.ip);
  if (seen && seen.failures >= config.ADDRESS_FAILURES) throw tooManyFailures(seen.retry_after_seconds);
}
