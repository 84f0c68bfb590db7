import { sql } from "kysely";
import type { Db } from "./connect.ts";
import type { TenantTrx } from "./transaction.ts";

/** How many logins failed from an address (an IPv6 one by its /64) in the present window; undefined for none. */
export async function failuresOfAddress(
  db: Db,
  address: string,
): Promise<{ failures: number; retry_after_seconds: number } | undefined> {
  const { rows } = await sql<{
    failures: number;
    retry_after_seconds: number;
  }>`select failures, retry_after_seconds from failures_of_address(${unmapped(address)})`.execute(db);
  return rows[0];
}

/** Counts a failed login against its address, over all tenants. */
export async function countFailureOfAddress(
  trx: TenantTrx,
  address: string,
  windowSeconds: number,
): Promise<void> {
  await sql`select count_failure_of_address(${unmapped(address)}, ${windowSeconds})`.execute(trx);
}

/** An IPv4 address that came over an IPv6 socket, as IPv4: all of them share one /64. */
function unmapped(address: string): string {
  return address.replace(/^::ffff:(?=[\d.]+$)/i, "");
}

export interface ClaimedMail {
  id: string;
  tenant_id: string;
  kind: string;
  recipient: string;
  subject_id: string | null;
  details: Record<string, unknown> | null;
  request_id: string | null;
  address: string | null;
  /** This one included. */
  attempts: number;
}

/** Takes mails that are due, of the tenants in turn; nobody else gets them for `leaseSeconds`. */
export async function claimMails(
  db: Db,
  { most, leaseSeconds }: { most: number; leaseSeconds: number },
): Promise<ClaimedMail[]> {
  const { rows } = await sql<ClaimedMail>`select * from claim_mails(${most}, ${leaseSeconds})`.execute(db);
  return rows;
}

/** Removes ended counts of failures, dead tokens, and mails that nobody could send in a week. */
export async function pruneCredentials(db: Db): Promise<void> {
  await sql`select prune_credentials()`.execute(db);
}
