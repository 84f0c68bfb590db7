import { emit } from "@condo/events";
import { actorOf, type App } from "@condo/http";
import { audit, liveSessions, withTenant, type TenantTrx } from "@condo/schema";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { signAccessToken } from "../access-token.ts";
import type { Context } from "../context.ts";
import { invalidRefreshToken } from "../errors.ts";
import { isOpen } from "../named-tenant.ts";
import { parseRefreshToken, successorOf } from "../refresh-token.ts";
import { insertRefreshToken, lockRefreshToken, markRotated } from "../repositories/refresh-tokens.ts";
import { findTenant } from "../repositories/tenants.ts";
import { endSession, findSession, touchSession } from "../repositories/sessions.ts";
import { tokens } from "./schemas.ts";

/** Within this, a token that was just exchanged gets its successor again: a second tab, a retry after a lost answer. */
const graceMs = 10_000;

const body = z.strictObject({ refresh_token: z.string().max(256) });

export function refresh(app: App, context: Context): void {
  const { config, db, sealer } = context;
  app.route({
    method: "POST",
    url: "/auth/refresh",
    config: { access: "public", rateLimit: { max: config.LOGIN_ATTEMPTS_PER_MINUTE * 4 } },
    schema: {
      tags: ["auth"],
      summary: "Exchange a refresh token for new tokens",
      description: "A refresh token is good for one exchange. Presenting it again later ends its session.",
      body,
      response: { 200: tokens },
    },
    handler: async (request, reply) => {
      const presented = parseRefreshToken(request.body.refresh_token);
      if (!presented) throw invalidRefreshToken();
      const successor = successorOf(presented, sealer);
      const now = new Date();

      // Errors would roll back the end of a session whose token was reused, so the outcome is a value.
      const sessionId = await withTenant(db, presented.tenantId, async (trx) => {
        const [tenant, token] = await Promise.all([
          findTenant(trx, presented.tenantId),
          lockRefreshToken(trx, presented.hash),
        ]);
        // Of a suspended tenant a token stays as it is: it is good again when the tenant is resumed.
        if (!token || !isOpen(tenant)) return null;
        if (token.rotated_at === null) {
          if (now.getTime() - token.created_at.getTime() > config.REFRESH_IDLE_SECONDS * 1000) return null;
          await markRotated(trx, presented.hash, now);
          await insertRefreshToken(trx, {
            tenant_id: presented.tenantId,
            token_hash: successor.hash,
            session_id: token.session_id,
          });
          await touchSession(trx, token.session_id, now);
          return token.session_id;
        }
        if (now.getTime() - token.rotated_at.getTime() <= graceMs) return token.session_id;
        await endReusedSession(trx, presented.tenantId, token.session_id, request);
        return null;
      });
      if (sessionId === null) throw invalidRefreshToken();

      const [session] = await liveSessions(db, [sessionId]);
      const row = await withTenant(db, presented.tenantId, (trx) => findSession(trx, sessionId));
      if (!session || !row) throw invalidRefreshToken();
      const access = await signAccessToken(
        context,
        { userId: session.user_id, tenantId: session.tenant_id, sessionId, role: session.role },
        row.expires_at,
        now,
      );
      return reply.header("cache-control", "no-store").send({
        access_token: access.accessToken,
        token_type: "bearer" as const,
        expires_in: access.expiresIn,
        refresh_token: successor.token,
      });
    },
  });
}

/** A token that was exchanged before is in two hands, and one of them stole it (RFC 9700, 4.14): both lose the session. */
async function endReusedSession(
  trx: TenantTrx,
  tenantId: string,
  sessionId: string,
  request: FastifyRequest,
): Promise<void> {
  const reason = "refresh_token_reused";
  const session = await findSession(trx, sessionId);
  if (!session || !(await endSession(trx, sessionId, reason))) return;
  await emit(trx, tenantId, "session.ended", { session_id: sessionId, user_id: session.user_id, reason });
  await audit(trx, {
    tenantId,
    actor: actorOf(request),
    action: "session.ended",
    subjectType: "session",
    subjectId: sessionId,
    after: { reason },
  });
}
