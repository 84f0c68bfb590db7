import { addRoutes, type App } from "@condo/http";
import type { Context } from "../context.ts";
import { cancelReplay } from "./cancel-replay.ts";
import { createDomain } from "./create-domain.ts";
import { deleteDomain } from "./delete-domain.ts";
import { listDomains } from "./list-domains.ts";
import { verifyDomain } from "./verify-domain.ts";
import { createDestination } from "./create-destination.ts";
import { createReplay } from "./create-replay.ts";
import { createSource } from "./create-source.ts";
import { createTenant } from "./create-tenant.ts";
import { deleteDestination } from "./delete-destination.ts";
import { deleteSource } from "./delete-source.ts";
import { deleteTenant } from "./delete-tenant.ts";
import { discardDeadLetter, discardDeadLetters } from "./discard-dead-letters.ts";
import { exportAuditLogs } from "./export-audit-logs.ts";
import { exportTenant } from "./export-tenant.ts";
import { getDeadLetter, getDelivery } from "./get-delivery.ts";
import { getDestination } from "./get-destination.ts";
import { getErasureCertificate, listErasureCertificates } from "./get-erasure-certificates.ts";
import { getEvent } from "./get-event.ts";
import { getHealth } from "./get-health.ts";
import { getReplay, listReplays } from "./get-replay.ts";
import { getSource } from "./get-source.ts";
import { getTenant } from "./get-tenant.ts";
import { getUsage } from "./get-usage.ts";
import { listAuditLogs } from "./list-audit-logs.ts";
import { listCircuitBreakers } from "./list-circuit-breakers.ts";
import { listDeadLetters, listDeliveries } from "./list-deliveries.ts";
import { listDestinations } from "./list-destinations.ts";
import { listEvents } from "./list-events.ts";
import { listSourceRejections } from "./list-source-rejections.ts";
import { listSources } from "./list-sources.ts";
import { listTenants } from "./list-tenants.ts";
import { replayDeadLetter, replayDelivery } from "./replay-delivery.ts";
import { rotateDestinationSecret } from "./rotate-destination-secret.ts";
import { forceOpenCircuitBreaker, resetCircuitBreaker } from "./set-circuit-breaker.ts";
import { streamEvents } from "./stream-events.ts";
import { testDestination } from "./test-destination.ts";
import { testSource } from "./test-source.ts";
import { updateDestination } from "./update-destination.ts";
import { updateSource } from "./update-source.ts";
import { updateTenant } from "./update-tenant.ts";
import { verifyAuditLogs } from "./verify-audit-logs.ts";

/** The groups of the reference. */
export const tags = {
  tenants: "A tenant's own record",
  "webhook sources": "Who may send webhooks, and how they sign",
  "webhook destinations": "Where webhooks are delivered to, and how",
  "webhook events": "What was received: to read, search and follow",
  "webhook deliveries": "What was sent of it, with every attempt",
  "dead letters": "Deliveries that were given up: to send again or to discard",
  "circuit breakers": "Destinations that are spared for a while because they fail",
  "audit log": "Who did what, as a chain that shows what was taken out or changed",
  health: "How the whole system is",
};

const api = [
  listTenants,
  createTenant,
  getTenant,
  updateTenant,
  deleteTenant,
  exportTenant,
  getUsage,
  listErasureCertificates,
  getErasureCertificate,
  listDomains,
  createDomain,
  verifyDomain,
  deleteDomain,
  listSources,
  createSource,
  getSource,
  updateSource,
  deleteSource,
  testSource,
  listSourceRejections,
  listDestinations,
  createDestination,
  getDestination,
  updateDestination,
  deleteDestination,
  rotateDestinationSecret,
  testDestination,
  listEvents,
  streamEvents,
  getEvent,
  listDeliveries,
  getDelivery,
  replayDelivery,
  listDeadLetters,
  getDeadLetter,
  replayDeadLetter,
  discardDeadLetter,
  discardDeadLetters,
  createReplay,
  listReplays,
  getReplay,
  cancelReplay,
  listCircuitBreakers,
  resetCircuitBreaker,
  forceOpenCircuitBreaker,
  listAuditLogs,
  exportAuditLogs,
  verifyAuditLogs,
];

export async function routes(app: App, context: Context): Promise<void> {
  addRoutes(app, context, [getHealth]);
  await app.register(
    async (scope) => {
      addRoutes(scope, context, api);
    },
    { prefix: "/api/v1" },
  );
}
