import { notFound, permissionsOf, type Identity, type Permission } from "@condo/http";
import { platformTenant, type Role, type TenantTrx, type User } from "@condo/schema";
import { beyondAuthority, lastAdmin, noSuchRole } from "./errors.ts";
import { findRole } from "./repositories/roles.ts";
import { isHeldByAnother, lockUser } from "./repositories/users.ts";

type Actor = Pick<Identity, "permissions" | "role" | "tenantId">;

/** The role that a user has: a built-in one, or one of the tenant's own that decides in its place. */
export type RoleOfUser = Pick<User, "role" | "role_id">;

/**
 * Refuses an actor who reaches above themself: nobody gives permissions that they lack, nor changes a user or a role
 * that has more than they have. Otherwise one could raise oneself by way of another: give a role, or take an admin's
 * account over by its e-mail address.
 */
export function assertCovers(actor: Actor, permissions: Iterable<Permission>): void {
  for (const permission of permissions) if (!actor.permissions.has(permission)) throw beyondAuthority();
}

/** Whether a user has no more permissions than a tenant's admin. */
export async function isWithinAdmin(trx: TenantTrx, user: RoleOfUser): Promise<boolean> {
  const ofAdmin = permissionsOf("tenant_admin");
  return [...(await permissionsOfUser(trx, user))].every((permission) => ofAdmin.has(permission));
}

/** Refuses an actor who may not give this role, or not touch a user who has it. */
export async function assertMayManage(trx: TenantTrx, actor: Actor, target: RoleOfUser): Promise<void> {
  if (target.role === "super_admin" && actor.role !== "super_admin") throw beyondAuthority();
  assertCovers(actor, await permissionsOfUser(trx, target));
}

/**
 * Reads a user whom the actor may manage, and holds the row until the transaction ends.
 *
 * @throws Problem when there is no such user, or one with more permissions than the actor
 */
export async function lockManagedUser(
  trx: TenantTrx,
  actor: Actor,
  id: string,
  which: { isDeleted: boolean } = { isDeleted: false },
): Promise<User> {
  const user = await lockUser(trx, id, which);
  if (!user) throw notFound(which.isDeleted ? "deleted user" : "user");
  await assertMayManage(trx, actor, user);
  return user;
}

/** As {@link assertMayManage}, for a role that is about to be given. */
export async function assertMayGive(trx: TenantTrx, actor: Actor, role: RoleOfUser): Promise<void> {
  if (role.role === "super_admin" && actor.tenantId !== platformTenant.id) throw beyondAuthority();
  await assertMayManage(trx, actor, role);
}

async function permissionsOfUser(trx: TenantTrx, user: RoleOfUser): Promise<ReadonlySet<Permission>> {
  if (user.role_id === null) return permissionsOf(user.role);
  const custom = await findRole(trx, user.role_id);
  if (!custom) throw noSuchRole();
  return permissionsOf(user.role, custom.permissions);
}

const protectedRoles: ReadonlySet<Role> = new Set(["super_admin", "tenant_admin"]);

/**
 * Refuses a change that leaves the tenant without an admin who can log in. The transaction must hold the lock of
 * `lockAdministration`.
 */
export async function assertNotLastAdmin(
  trx: TenantTrx,
  before: Pick<User, "id" | "role" | "is_active">,
  after: { role: Role; isActive: boolean },
): Promise<void> {
  if (!before.is_active || !protectedRoles.has(before.role)) return;
  if (after.isActive && after.role === before.role) return;
  if (!(await isHeldByAnother(trx, before.role, before.id))) throw lastAdmin();
}
