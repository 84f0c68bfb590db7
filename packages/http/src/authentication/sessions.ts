import { liveSessions, touchSessions, type Db, type LiveSession } from "@condo/schema";
import type { FastifyBaseLogger } from "fastify";
import { coalesce } from "../coalesce.ts";
import type { UserIdentity } from "../identity.ts";
import { permissionsOf } from "../permissions.ts";
import { sessionEnded, unauthenticated } from "../problem.ts";
import type { UserTokenClaims } from "./access-tokens.ts";

/** Tells whose a session is, if it still holds. One question to Postgres serves all requests of a moment. */
export function createSessionCheck(
  db: Db,
): (claims: UserTokenClaims, log: FastifyBaseLogger) => Promise<UserIdentity> {
  const find = coalesce<string, Found>(async (ids) => {
    const sessions = await liveSessions(db, ids);
    return new Map(
      sessions.map((session) => [session.session_id, { session, identity: identityOf(session) }]),
    );
  });
  const touch = coalesce<string, never>(async (ids) => {
    await touchSessions(db, ids);
    return new Map<string, never>();
  });

  function check(claims: UserTokenClaims, log: FastifyBaseLogger, found: Found | undefined): UserIdentity {
    const session = found?.session;
    if (!session || session.user_id !== claims.sub || session.tenant_id !== claims.tid) {
      throw sessionEnded();
    }
    // A token of a former role is no good, the session still is: a refresh makes a token of the new one.
    if (session.role !== claims.role) {
      throw unauthenticated("role_changed", "The user's role has changed. Refresh the access token.");
    }
    if (session.is_touch_due) {
      // When it was last used is told, not decided on: the request does not wait for it.
      touch(session.session_id).catch((err: unknown) => log.warn({ err }, "a session's use was not noted"));
    }
    return found.identity;
  }

  return (claims, log) => find(claims.sid).then((found) => check(claims, log, found));
}

/** The same for all requests of the session that shared the question. */
interface Found {
  session: LiveSession;
  identity: UserIdentity;
}

function identityOf(session: LiveSession): UserIdentity {
  return {
    type: "user",
    sessionId: session.session_id,
    tenantId: session.tenant_id,
    tenantSlug: session.tenant_slug,
    userId: session.user_id,
    role: session.role,
    permissions: permissionsOf(session.role, session.custom_permissions),
    email: session.email,
    firstName: session.first_name,
    lastName: session.last_name,
  };
}
