import { emit } from "@condo/events";
import { actorOf, identityOf, notFound, type App } from "@condo/http";
import { audit, withTenant, type Db } from "@condo/schema";
import type { FastifyRequest } from "fastify";
import type { Context } from "../context.ts";
import { findBreaker, forceBreakerOpen, resetBreaker } from "../repositories/circuit-breakers.ts";
import { wakeDeliveries } from "../repositories/webhook-deliveries.ts";
import { lockDestination } from "../repositories/webhook-destinations.ts";
import { circuitBreakerSchema, presentBreaker } from "./breaker-schema.ts";
import { destinationParams } from "./path-parameters.ts";

export function resetCircuitBreaker(app: App, { db }: Context): void {
  app.route({
    method: "POST",
    url: "/circuit-breakers/:destination_id/reset",
    config: { access: "circuit_breakers:write" },
    schema: {
      tags: ["circuit breakers"],
      summary: "Close a circuit breaker",
      description: "What waits for the destination is sent at once.",
      params: destinationParams,
      response: { 200: circuitBreakerSchema },
    },
    handler: (request) => change(db, request, request.params.destination_id, "reset"),
  });
}

export function forceOpenCircuitBreaker(app: App, { db }: Context): void {
  app.route({
    method: "POST",
    url: "/circuit-breakers/:destination_id/force-open",
    config: { access: "circuit_breakers:write" },
    schema: {
      tags: ["circuit breakers"],
      summary: "Open a circuit breaker, until it is reset",
      description: "What comes for the destination waits, and spends no attempts.",
      params: destinationParams,
      response: { 200: circuitBreakerSchema },
    },
    handler: (request) => change(db, request, request.params.destination_id, "forced_open"),
  });
}

async function change(db: Db, request: FastifyRequest, id: string, to: "reset" | "forced_open") {
  const { tenantId } = identityOf(request);
  return withTenant(db, tenantId, async (trx) => {
    // Two who change one breaker at once come one after the other.
    if (!(await lockDestination(trx, id))) throw notFound("circuit breaker");
    const before = await findBreaker(trx, id);
    if (to === "reset") {
      await resetBreaker(trx, tenantId, id);
      await wakeDeliveries(trx, id);
    } else {
      await forceBreakerOpen(trx, tenantId, id);
    }
    const after = await findBreaker(trx, id);
    if (!before || !after) throw notFound("circuit breaker");
    await emit(trx, tenantId, `circuit_breaker.${to}`, { destination_id: id });
    await audit(trx, {
      tenantId,
      actor: actorOf(request),
      action: `circuit_breaker.${to}`,
      subjectType: "webhook_destination",
      subjectId: id,
      before: presentBreaker(before),
      after: presentBreaker(after),
    });
    return presentBreaker(after);
  });
}
