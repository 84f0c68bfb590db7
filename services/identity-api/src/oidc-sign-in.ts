import { emit } from "@condo/events";
import { actorOf } from "@condo/http";
import { audit, newId, type OidcProvider, type TenantTrx, type User } from "@condo/schema";
import { roomFor } from "@condo/tenancy";
import type { FastifyRequest } from "fastify";
import { isWithinAdmin } from "./authority.ts";
import type { Person } from "./oidc.ts";
import { findOidcIdentity, insertOidcIdentity } from "./repositories/oidc-identities.ts";
import { findUser, findUserByEmail, insertUser } from "./repositories/users.ts";

/** Why somebody whom the identity provider knows does not get in; for the audit log. */
export type SignInRefusal =
  | "email_missing"
  | "email_unverified"
  | "domain_not_allowed"
  | "user_not_allowed"
  | "quota_users";

/**
 * Finds the user whom a person at the tenant's identity provider is here, binding or making one the first time. Who
 * may more than an admin of the tenant does not come this way: an admin sets the provider, and could be them.
 */
export async function signIn(
  trx: TenantTrx,
  request: FastifyRequest,
  provider: OidcProvider,
  person: Person,
): Promise<User | SignInRefusal> {
  const { email } = person;
  if (email === undefined) return "email_missing";
  if (person.email_verified !== true) return "email_unverified";
  if (!provider.allowed_domains.includes(email.slice(email.lastIndexOf("@") + 1)))
    return "domain_not_allowed";

  const boundTo = await findOidcIdentity(trx, provider.issuer, person.sub);
  const known = boundTo ? await findUser(trx, boundTo) : await findUserByEmail(trx, email);
  if (boundTo && !known) return "user_not_allowed";
  if (known && !(known.is_active && (await isWithinAdmin(trx, known)))) return "user_not_allowed";
  if (!known && (await roomFor(trx, provider.tenant_id, "users"))?.room === 0) return "quota_users";
  const user = known ?? (await createUser(trx, request, provider, email, person));
  if (!boundTo) await bind(trx, request, provider, person.sub, user);
  return user;
}

async function createUser(
  trx: TenantTrx,
  request: FastifyRequest,
  provider: OidcProvider,
  email: string,
  person: Person,
): Promise<User> {
  const [first = "", ...rest] = (person.name ?? email).split(" ");
  const user = await insertUser(trx, {
    id: newId(),
    tenant_id: provider.tenant_id,
    email,
    password_hash: null,
    first_name: nameOf(person.given_name ?? first),
    last_name: nameOf(person.family_name ?? rest.join(" ")),
    role: provider.default_role,
  });
  await emit(trx, provider.tenant_id, "user.created", { user_id: user.id, role: user.role });
  await audit(trx, {
    tenantId: provider.tenant_id,
    actor: actorOf(request),
    action: "user.created",
    subjectType: "user",
    subjectId: user.id,
    after: { email, role: user.role, by: "oidc" },
  });
  return user;
}

async function bind(
  trx: TenantTrx,
  request: FastifyRequest,
  { tenant_id, issuer }: OidcProvider,
  subject: string,
  user: User,
): Promise<void> {
  await insertOidcIdentity(trx, { tenant_id, issuer, subject, user_id: user.id });
  await audit(trx, {
    tenantId: tenant_id,
    actor: actorOf(request),
    action: "user.oidc_bound",
    subjectType: "user",
    subjectId: user.id,
    after: { issuer, subject },
  });
}

/** A name as it may be stored and shown. */
function nameOf(text: string): string {
  const clean = text.replace(/[\p{Cc}\p{Cs}]/gu, "").trim();
  return clean === "" ? "-" : clean.slice(0, 100).toWellFormed();
}
