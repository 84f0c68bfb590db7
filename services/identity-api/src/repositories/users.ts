import type { Role, TenantTrx, User } from "@condo/schema";

export async function insertUser(
  trx: TenantTrx,
  user: {
    id: string;
    tenant_id: string;
    email: string;
    password_hash: string;
    first_name: string;
    last_name: string;
    role: Role;
  },
): Promise<User> {
  return trx.insertInto("users").values(user).returningAll().executeTakeFirstOrThrow();
}

export async function findUserByEmail(trx: TenantTrx, email: string): Promise<User | undefined> {
  return trx.selectFrom("users").selectAll().where("email", "=", email).executeTakeFirst();
}
