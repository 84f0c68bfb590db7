import type { Db, SigningKey } from "@condo/schema";

/** Every key, the one that signs first. */
export async function listKeys(db: Db): Promise<SigningKey[]> {
  return db.selectFrom("signing_keys").selectAll().orderBy("created_at", "desc").execute();
}

/** Puts the first key in place; another process that was quicker wins. */
export async function insertFirstKey(
  db: Db,
  key: { kid: string; alg: string; public_jwk: string; private_key_sealed: Buffer },
): Promise<void> {
  await db
    .insertInto("signing_keys")
    .values({ ...key, state: "current" })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
