import type { TenantTrx } from "@condo/schema";
import { sql, type Expression, type RawBuilder } from "kysely";

/** What a user has to prove who they are with, besides a password. */
export interface Factors {
  /** Only once its owner has shown a code of it. */
  totp: boolean;
  passkeys: number;
  /** Unused ones. */
  recoveryCodes: number;
}

/** The factors of a user, as a JSON object within a question. */
export function factorsOfUser(userId: Expression<unknown>): RawBuilder<Factors> {
  return sql`json_build_object(
    'totp', exists (select from totp_factors where user_id = ${userId} and confirmed_at is not null),
    'passkeys', (select count(*) from passkeys where user_id = ${userId}),
    'recoveryCodes', (select count(*) from recovery_codes where user_id = ${userId} and used_at is null)
  )`;
}

export async function factorsOf(trx: TenantTrx, userId: string): Promise<Factors> {
  const { rows } = await sql<{ factors: Factors }>`
    select ${factorsOfUser(sql.ref("asked.id"))} as factors from (select ${userId}::uuid as id) as asked
  `.execute(trx);
  const [row] = rows;
  if (!row) throw new Error("A question without a condition has one answer");
  return row.factors;
}
