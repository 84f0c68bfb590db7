import type { TenantTrx } from "@condo/schema";
import { sql } from "kysely";

/** What a user has to prove who they are with, besides a password. */
export interface Factors {
  /** Only once its owner has shown a code of it. */
  totp: boolean;
  passkeys: number;
  /** Unused ones. */
  recoveryCodes: number;
}

export async function factorsOf(trx: TenantTrx, userId: string): Promise<Factors> {
  const { rows } = await sql<Factors>`
    select
      exists (select from totp_factors where user_id = asked.id and confirmed_at is not null) as totp,
      (select count(*)::integer from passkeys where user_id = asked.id) as passkeys,
      (select count(*)::integer from recovery_codes where user_id = asked.id and used_at is null) as "recoveryCodes"
    from (select ${userId}::uuid as id) as asked
  `.execute(trx);
  const [factors] = rows;
  if (!factors) throw new Error("A question without a condition has one answer");
  return factors;
}
