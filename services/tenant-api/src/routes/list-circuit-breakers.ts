import { afterCursor, identityOf, pageOf, pageQuery, toPage, type App } from "@condo/http";
import { readTenant } from "@condo/schema";
import type { Context } from "../context.ts";
import { listBreakers } from "../repositories/circuit-breakers.ts";
import { breakerStateSchema, circuitBreakerSchema, presentBreaker } from "./breaker-schema.ts";

export function listCircuitBreakers(app: App, { db }: Context): void {
  app.route({
    method: "GET",
    url: "/circuit-breakers",
    config: { access: "circuit_breakers:read" },
    schema: {
      tags: ["circuit breakers"],
      summary: "List the circuit breakers, one a destination",
      description:
        "An open one holds back deliveries without spending their attempts, until its destination is probed.",
      querystring: pageQuery.extend({ state: breakerStateSchema.optional().describe("Those in this state") }),
      response: { 200: pageOf(circuitBreakerSchema) },
    },
    handler: async (request) => {
      const { cursor, limit, state } = request.query;
      const after = afterCursor(cursor);
      const rows = await readTenant(db, identityOf(request).tenantId, (trx) =>
        listBreakers(trx, { after, limit, state }),
      );
      return toPage(rows, limit, presentBreaker);
    },
  });
}
