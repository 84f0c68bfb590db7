import type { UserIdentity } from "@condo/http";
import type { TenantTrx } from "@condo/schema";
import { freshLoginRequired } from "./errors.ts";
import { findSession } from "./repositories/sessions.ts";

const freshMs = 15 * 60_000;

/** Refuses to change how somebody logs in by a session that was opened long ago: its token may be in other hands. */
export async function assertFreshLogin(trx: TenantTrx, { sessionId }: UserIdentity): Promise<void> {
  const session = await findSession(trx, sessionId);
  if (!session || Date.now() - session.created_at.getTime() > freshMs) throw freshLoginRequired();
}
