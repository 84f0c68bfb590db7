import { groupLags } from "@condo/events";
import type { Metrics } from "@condo/http";
import type { RedisConnection } from "@condo/redis";
import { withPlatform, type Db } from "@condo/schema";
import type { Dispatcher } from "./delivery/dispatcher.ts";
import { countedAtMost, readBacklog } from "./repositories/backlog.ts";

/** Counting costs Postgres something, and each worker is scraped. */
const maxAgeMs = 10_000;
const capped = `counted up to ${countedAtMost}`;

/**
 * Tells what waits for the workers: in this one's hands, and, the same from each of them, in Postgres and in the streams
 * of domain events.
 */
export function tellOfBacklog(
  metrics: Metrics,
  { db, redis, counts }: { db: Db; redis: RedisConnection; counts: Dispatcher["counts"] },
): void {
  metrics.look(
    {
      condo_delivery_lanes: { help: "Destinations that this worker has something in hand for" },
      condo_deliveries_in_hand: { help: "Deliveries that wait in this worker for their turn" },
      condo_deliveries_in_flight: { help: "Attempts that this worker has under way" },
    },
    () => {
      const { lanes, waiting, inFlight } = counts();
      return {
        condo_delivery_lanes: lanes,
        condo_deliveries_in_hand: waiting,
        condo_deliveries_in_flight: inFlight,
      };
    },
  );
  metrics.look(
    {
      condo_deliveries_pending: { help: `Deliveries that are not over, ${capped}` },
      condo_deliveries_parked: { help: `Of them, those that a breaker or a pause holds back, ${capped}` },
      condo_destinations_behind: {
        help: "Destinations with deliveries that are due for more than a minute, though nothing holds them back",
      },
      condo_circuit_breakers: { help: "Circuit breakers that are not closed", labels: ["state"] },
      condo_outbox_waiting: { help: `Domain events that are not published yet, ${capped}` },
      condo_outbox_oldest_age_seconds: {
        help: "How long the first of them has waited; 0 when there is none",
      },
      condo_mails_waiting: { help: `Mails that are not out yet, ${capped}` },
      condo_intake_set_aside: { help: "Intake entries that could not be recorded, and wait for a person" },
    },
    async () => {
      const backlog = await withPlatform(db, readBacklog);
      return {
        condo_deliveries_pending: backlog.pending,
        condo_deliveries_parked: backlog.parked,
        condo_destinations_behind: backlog.behind,
        condo_circuit_breakers: [
          { labels: { state: "open" }, value: backlog.openBreakers },
          { labels: { state: "half_open" }, value: backlog.halfOpenBreakers },
        ],
        condo_outbox_waiting: backlog.outbox,
        condo_outbox_oldest_age_seconds: backlog.outboxAgeSeconds,
        condo_mails_waiting: backlog.mails,
        condo_intake_set_aside: backlog.setAside,
      };
    },
    maxAgeMs,
  );
  metrics.look(
    {
      condo_event_group_lag: {
        help: "Domain events that a consumer group has not been given yet",
        labels: ["area", "group"],
      },
      condo_event_group_pending: {
        help: "Domain events that a consumer group was given and has not acknowledged",
        labels: ["area", "group"],
      },
    },
    async () => {
      const lags = await groupLags(redis);
      const tell = (name: "lag" | "pending") =>
        lags.flatMap(({ area, group, [name]: value }) =>
          value === null ? [] : [{ labels: { area, group }, value }],
        );
      return { condo_event_group_lag: tell("lag"), condo_event_group_pending: tell("pending") };
    },
    maxAgeMs,
  );
}
