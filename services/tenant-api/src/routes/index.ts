import type { App } from "@condo/http";
import type { Context } from "../context.ts";
import { createDestination } from "./create-destination.ts";
import { createSource } from "./create-source.ts";
import { deleteDestination } from "./delete-destination.ts";
import { deleteSource } from "./delete-source.ts";
import { getDeadLetter, getDelivery } from "./get-delivery.ts";
import { getDestination } from "./get-destination.ts";
import { getEvent } from "./get-event.ts";
import { getHealth } from "./get-health.ts";
import { getSource } from "./get-source.ts";
import { getTenant } from "./get-tenant.ts";
import { listDeadLetters, listDeliveries } from "./list-deliveries.ts";
import { listDestinations } from "./list-destinations.ts";
import { listEvents } from "./list-events.ts";
import { listSources } from "./list-sources.ts";
import { updateDestination } from "./update-destination.ts";
import { updateSource } from "./update-source.ts";
import { updateTenant } from "./update-tenant.ts";

const api = [
  getTenant,
  updateTenant,
  listSources,
  createSource,
  getSource,
  updateSource,
  deleteSource,
  listDestinations,
  createDestination,
  getDestination,
  updateDestination,
  deleteDestination,
  listEvents,
  getEvent,
  listDeliveries,
  getDelivery,
  listDeadLetters,
  getDeadLetter,
];

export async function routes(app: App, context: Context): Promise<void> {
  getHealth(app, context);
  await app.register(
    async (scope) => {
      for (const route of api) route(scope, context);
    },
    { prefix: "/api/v1" },
  );
}
