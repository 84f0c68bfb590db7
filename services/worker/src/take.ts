import type { IncomingEvent, NewDelivery } from "@condo/intake";
import type { Dispatcher } from "./delivery/dispatcher.ts";
import type { Task } from "./delivery/lane.ts";
import type { Ledger } from "./delivery/ledger.ts";
import type { Taker } from "./drain.ts";

/**
 * Has the drain's deliveries sent by this worker at once, without asking Postgres again for what is in hand. What its
 * lanes have no room for stays in Postgres.
 */
export function createTaker(
  dispatcher: Pick<Dispatcher, "closedFor" | "isFull" | "offer" | "wake">,
  ledger: Pick<Ledger, "leaseMs">,
): Taker {
  const forMs = ledger.leaseMs({ timeoutMs: null, transform: null });
  const pastTimeoutMs = ledger.leaseMs({ timeoutMs: 0, transform: null });
  return {
    leaseFor(events) {
      if (dispatcher.isFull()) return undefined;
      const { tenants, destinations } = dispatcher.closedFor(events.map(({ tenantId }) => tenantId));
      return { forMs, pastTimeoutMs, exceptTenants: tenants, exceptDestinations: destinations };
    },
    take(deliveries, events, recordingSince) {
      const byId = new Map(events.map((event) => [event.id, event]));
      const tasks: Task[] = [];
      const left = new Map<string, string>();
      for (const delivery of deliveries) {
        const event = byId.get(delivery.eventId);
        if (delivery.leaseMs !== null && event) {
          tasks.push(taskOf(delivery, event, recordingSince + delivery.leaseMs));
        } else left.set(delivery.destinationId, delivery.tenantId);
      }
      dispatcher.offer(tasks);
      if (!dispatcher.isFull()) for (const [id, tenantId] of left) dispatcher.wake({ id, tenantId });
    },
  };
}

function taskOf(delivery: NewDelivery, event: IncomingEvent, leaseEndsAt: number): Task {
  return {
    leaseEndsAt,
    delivery: {
      id: delivery.id,
      tenant_id: delivery.tenantId,
      event_id: event.id,
      destination_id: delivery.destinationId,
      attempts: 0,
      attempts_before: 0,
      event_type: event.eventType,
      service_name: event.serviceName,
      content_type: event.contentType,
      body: event.body,
      received_at: event.receivedAt,
      traceparent: event.headers["traceparent"] ?? null,
      retention_days: delivery.retentionDays,
    },
  };
}
