import type { CustomRole, TenantReader, TenantTrx } from "@condo/schema";

export async function insertRole(
  trx: TenantTrx,
  role: { id: string; tenant_id: string; name: string; description: string; permissions: string[] },
): Promise<CustomRole> {
  return trx.insertInto("roles").values(role).returningAll().executeTakeFirstOrThrow();
}

export async function listRoles(
  trx: TenantReader,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<CustomRole[]> {
  let query = trx.selectFrom("roles").selectAll();
  if (after) query = query.where("id", "<", after);
  return query
    .orderBy("id", "desc")
    .limit(limit + 1)
    .execute();
}

export async function findRole(trx: TenantReader, id: string): Promise<CustomRole | undefined> {
  return trx.selectFrom("roles").selectAll().where("id", "=", id).executeTakeFirst();
}

/** Reads a role and holds its row until the transaction ends. */
export async function lockRole(trx: TenantTrx, id: string): Promise<CustomRole | undefined> {
  return trx.selectFrom("roles").selectAll().where("id", "=", id).forUpdate().executeTakeFirst();
}

export async function updateRole(
  trx: TenantTrx,
  id: string,
  change: {
    name?: string | undefined;
    description?: string | undefined;
    permissions?: string[] | undefined;
  },
): Promise<CustomRole> {
  return trx
    .updateTable("roles")
    .set({ ...change, updated_at: new Date() })
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function deleteRole(trx: TenantTrx, id: string): Promise<void> {
  await trx.deleteFrom("roles").where("id", "=", id).execute();
}
