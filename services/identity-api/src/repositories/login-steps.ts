import type { LoginStep, LoginStepPurpose, TenantTrx } from "@condo/schema";
import { sql } from "kysely";

/** Stores a step, and forgets those of the tenant that ended a day ago. */
export async function insertLoginStep(
  trx: TenantTrx,
  step: {
    tenant_id: string;
    token_hash: Buffer;
    purpose: LoginStepPurpose;
    user_id: string | null;
    data_sealed: Buffer | null;
    expires_at: Date;
  },
): Promise<void> {
  await trx
    .deleteFrom("login_steps")
    .where("expires_at", "<", sql<Date>`now() - interval '1 day'`)
    .execute();
  await trx
    .insertInto("login_steps")
    .values({ ...step, used_at: null })
    .execute();
}

export async function findLoginStep(
  trx: TenantTrx,
  tokenHash: Buffer,
  purpose: LoginStepPurpose,
): Promise<LoginStep | undefined> {
  return trx
    .selectFrom("login_steps")
    .selectAll()
    .where("token_hash", "=", tokenHash)
    .where("purpose", "=", purpose)
    .where("used_at", "is", null)
    .where("expires_at", ">", new Date())
    .executeTakeFirst();
}

/** Uses a step up: of many at once, one gets it. */
export async function takeLoginStep(
  trx: TenantTrx,
  tokenHash: Buffer,
  purpose: LoginStepPurpose,
): Promise<LoginStep | undefined> {
  return trx
    .updateTable("login_steps")
    .set({ used_at: new Date() })
    .where("token_hash", "=", tokenHash)
    .where("purpose", "=", purpose)
    .where("used_at", "is", null)
    .where("expires_at", ">", new Date())
    .returningAll()
    .executeTakeFirst();
}
