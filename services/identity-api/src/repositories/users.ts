import { rolesWith, type Permission } from "@condo/http";
import type { Role, TenantReader, TenantTrx, User } from "@condo/schema";
import { sql } from "kysely";
import { factorsOfUser, type Factors } from "./factors.ts";

export async function insertUser(
  trx: TenantTrx,
  user: {
    id: string;
    tenant_id: string;
    email: string;
    password_hash: string | null;
    first_name: string;
    last_name: string;
    role: Role;
    role_id?: string | null;
    is_active?: boolean;
    email_verified_at?: Date;
  },
): Promise<User> {
  return trx.insertInto("users").values(user).returningAll().executeTakeFirstOrThrow();
}

/** @returns those that were inserted: one whose address another user has is left out */
export async function insertNewUsers(
  trx: TenantTrx,
  users: Parameters<typeof insertUser>[1][],
): Promise<User[]> {
  return trx
    .insertInto("users")
    .values(users)
    .onConflict((conflict) =>
      conflict.columns(["tenant_id", "email"]).where("deleted_at", "is", null).doNothing(),
    )
    .returningAll()
    .execute();
}

/** Every column by its name, as a statement has to have them to be prepared. */
const columns = [
  "id",
  "tenant_id",
  "email",
  "password_hash",
  "first_name",
  "last_name",
  "role",
  "role_id",
  "is_active",
  "email_verified_at",
  "created_at",
  "updated_at",
  "version",
  "deleted_at",
  "name_folded",
  "last_name_folded",
] as const satisfies readonly (keyof User)[];

export async function findUserByEmail(trx: TenantTrx, email: string): Promise<User | undefined> {
  return trx
    .selectFrom("users")
    .select(columns)
    .where("email", "=", email)
    .where("deleted_at", "is", null)
    .executeTakeFirst();
}

export interface UserFilter {
  /** Begins the address, the full name or the last name; in lower case. */
  prefix?: string | undefined;
  role?: Role | undefined;
  roleId?: string | undefined;
  isActive?: boolean | undefined;
  isDeleted: boolean;
}

/** Newest first, one more than `limit`. */
export async function listUsers(
  trx: TenantReader,
  { after, limit, ...filter }: UserFilter & { after: string | undefined; limit: number },
): Promise<User[]> {
  let query = trx
    .selectFrom("users")
    .selectAll()
    .where("deleted_at", filter.isDeleted ? "is not" : "is", null);
  if (filter.prefix) {
    const [from, to] = [filter.prefix, `${filter.prefix}\u{10ffff}`];
    query = query.where((or) =>
      or.or([
        sql<boolean>`email collate "C" >= ${from} and email collate "C" < ${to}`,
        sql<boolean>`name_folded >= ${from} and name_folded < ${to}`,
        sql<boolean>`last_name_folded >= ${from} and last_name_folded < ${to}`,
      ]),
    );
  }
  if (filter.role) query = query.where("role", "=", filter.role);
  if (filter.roleId) query = query.where("role_id", "=", filter.roleId);
  if (filter.isActive !== undefined) query = query.where("is_active", "=", filter.isActive);
  if (after) query = query.where("id", "<", after);
  return query
    .orderBy("id", "desc")
    .limit(limit + 1)
    .execute();
}

export async function findUser(trx: TenantReader, id: string): Promise<User | undefined> {
  return trx
    .selectFrom("users")
    .selectAll()
    .where("id", "=", id)
    .where("deleted_at", "is", null)
    .executeTakeFirst();
}

/** Reads a user and holds the row until the transaction ends. */
export async function lockUser(
  trx: TenantTrx,
  id: string,
  { isDeleted }: { isDeleted: boolean } = { isDeleted: false },
): Promise<User | undefined> {
  return trx
    .selectFrom("users")
    .selectAll()
    .where("id", "=", id)
    .where("deleted_at", isDeleted ? "is not" : "is", null)
    .forUpdate()
    .executeTakeFirst();
}

export async function updateUser(
  trx: TenantTrx,
  id: string,
  change: {
    email?: string | undefined;
    first_name?: string | undefined;
    last_name?: string | undefined;
    role?: Role | undefined;
    role_id?: string | null | undefined;
    is_active?: boolean | undefined;
    deleted_at?: Date | null | undefined;
  },
): Promise<User> {
  return trx
    .updateTable("users")
    .set({ ...change, updated_at: new Date() })
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/**
 * Puts a better hash of the same password in place of `stored`.
 *
 * @returns whether it was there still
 */
export async function replacePasswordHash(
  trx: TenantTrx,
  id: string,
  stored: string,
  better: string,
): Promise<boolean> {
  const result = await trx
    .updateTable("users")
    .set({ password_hash: better })
    .where("id", "=", id)
    .where("password_hash", "=", stored)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Gives a user a new password. */
export async function setPassword(trx: TenantTrx, id: string, passwordHash: string): Promise<void> {
  await trx
    .updateTable("users")
    .set({ password_hash: passwordHash, updated_at: new Date() })
    .where("id", "=", id)
    .execute();
}

/** @returns whether it was not verified before */
export async function markEmailVerified(trx: TenantTrx, id: string): Promise<boolean> {
  const result = await trx
    .updateTable("users")
    .set({ email_verified_at: new Date() })
    .where("id", "=", id)
    .where("email_verified_at", "is", null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Whether somebody but this user has the role and can use it. */
export async function isHeldByAnother(trx: TenantTrx, role: Role, userId: string): Promise<boolean> {
  const other = await trx
    .selectFrom("users")
    .select("id")
    .where("role", "=", role)
    .where("id", "<>", userId)
    .where("is_active", "=", true)
    .where("deleted_at", "is", null)
    .limit(1)
    .executeTakeFirst();
  return other !== undefined;
}

/** What opens a user's account, and what more is asked for. */
export interface Standing {
  isActive: boolean;
  passwordHash: string | null;
  factors: Factors;
  /** By the tenant's policy. */
  isSecondFactorRequired: boolean;
}

/** Reads a user's standing, and keeps the row from changing until the transaction ends; undefined for one who is gone. */
export async function holdStanding(trx: TenantTrx, id: string): Promise<Standing | undefined> {
  const { rows } = await sql<Standing>`
    select is_active as "isActive", password_hash as "passwordHash", ${factorsOfUser(sql.ref("users.id"))} as factors,
      coalesce((select is_required from mfa_policies), false) as "isSecondFactorRequired"
    from users where id = ${id} and deleted_at is null for share of users
  `.execute(trx);
  return rows[0];
}

/** Active users who may do something: by their built-in role, or by one that the tenant made. The first to come first. */
export async function listUsersWhoMay(
  trx: TenantTrx,
  permission: Permission,
  limit: number,
): Promise<Pick<User, "id" | "email">[]> {
  return trx
    .selectFrom("users")
    .leftJoin("roles", "roles.id", "users.role_id")
    .select(["users.id", "users.email"])
    .where("users.deleted_at", "is", null)
    .where("users.is_active", "=", true)
    .where((or) =>
      or.or([
        or.and([or("users.role_id", "is", null), or("users.role", "in", [...rolesWith(permission)])]),
        sql<boolean>`${permission} = any(roles.permissions)`,
      ]),
    )
    .orderBy("users.id")
    .limit(limit)
    .execute();
}
