import { sessionEnded, type UserIdentity } from "@condo/http";
import type { TenantTrx } from "@condo/schema";
import { freshLoginRequired } from "./errors.ts";
import { findSession } from "./repositories/sessions.ts";
import { holdStanding } from "./repositories/users.ts";

const freshMs = 15 * 60_000;

/**
 * Refuses to change how somebody logs in by a session that was opened long ago: its token may be in other hands. Who ends
 * the session by a new password, or as an admin, comes before, and is seen here, or after.
 */
export async function assertFreshLogin(trx: TenantTrx, { sessionId, userId }: UserIdentity): Promise<void> {
  await holdStanding(trx, userId);
  const session = await findSession(trx, sessionId);
  if (!session || session.ended_at) throw sessionEnded();
  if (Date.now() - session.created_at.getTime() > freshMs) throw freshLoginRequired();
}
