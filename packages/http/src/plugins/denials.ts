import { audit, withTenant, type Db } from "@condo/schema";
import type { FastifyInstance, FastifyRequest } from "fastify";
import fp from "fastify-plugin";
import { actorOf } from "../actor.ts";
import { callerOf, type Identity } from "../identity.ts";
import { Problem } from "../problem.ts";

const windowMs = 60_000;
const recordedAWindow = 10;
const mostCallers = 10_000;
const longestPath = 500;

/**
 * Puts into the audit log what a caller was refused (403). A caller who keeps trying costs a few rows a minute: the
 * first is recorded, the rest counted, and the next minute's first row tells how many. What can't be recorded is logged,
 * and the refusal stands.
 */
export const denials = fp(async (app: FastifyInstance, options: { db: Db; now?: () => number }) => {
  const admit = createBound(options.now ?? Date.now);

  app.addHook("onError", async (request, _reply, error) => {
    const { identity } = request;
    if (!(error instanceof Problem) || error.status !== 403 || !identity) return;
    const admitted = admit(identity.sessionId ?? `${identity.tenantId} ${callerOf(identity)}`);
    if (!admitted) return;
    await record(options.db, request, identity, error.code, admitted.unrecorded).catch((err: unknown) =>
      request.log.warn({ err }, "a denial was not recorded"),
    );
  });
});

async function record(
  db: Db,
  request: FastifyRequest,
  identity: Identity,
  code: string,
  unrecorded: number,
): Promise<void> {
  const { tenantId } = identity;
  await withTenant(db, tenantId, (trx) =>
    audit(trx, {
      tenantId,
      actor: actorOf(request),
      action: "access.denied",
      subjectType: "route",
      subjectId: `${request.method} ${request.routeOptions.url ?? ""}`,
      after: {
        code,
        path: request.url.split("?", 1)[0]?.slice(0, longestPath),
        ...(unrecorded > 0 ? { unrecorded_before: unrecorded } : {}),
      },
    }),
  );
}

/** @returns asks, for a caller, whether one more is recorded, and how many were not since the last that was */
function createBound(now: () => number): (caller: string) => { unrecorded: number } | undefined {
  const callers = new Map<string, { startedAt: number; recorded: number; unrecorded: number }>();
  return (caller) => {
    let window = callers.get(caller);
    if (!window) {
      const [oldest] = callers.keys();
      if (callers.size >= mostCallers && oldest !== undefined) callers.delete(oldest);
      window = { startedAt: now(), recorded: 0, unrecorded: 0 };
      callers.set(caller, window);
    } else if (now() - window.startedAt >= windowMs) {
      window.startedAt = now();
      window.recorded = 0;
    }
    if (window.recorded >= recordedAWindow) {
      window.unrecorded += 1;
      return undefined;
    }
    window.recorded += 1;
    const { unrecorded } = window;
    window.unrecorded = 0;
    return { unrecorded };
  };
}
