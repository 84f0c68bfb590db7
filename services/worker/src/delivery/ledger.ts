import { emit } from "@condo/events";
import { coalesce } from "@condo/http";
import { withPlatform, type Db } from "@condo/schema";
import {
  claimDeliveries,
  findDeliveryState,
  releaseDeliveries,
  type ClaimedDelivery,
} from "../repositories/claimed-deliveries.ts";
import {
  discardDelivery,
  postponeDelivery,
  recordResults,
  type DeliveryResult,
} from "../repositories/delivery-results.ts";

interface Reference {
  id: string;
  tenantId: string;
}

export type Claim =
  | { kind: "claimed"; delivery: ClaimedDelivery }
  /** Another worker is sending it. */
  | { kind: "leased"; until: Date }
  /** It is over, or was erased. */
  | { kind: "over" };

/** What Postgres knows of deliveries. Claims and results of a moment share a transaction. */
export interface Ledger {
  claim(delivery: Reference): Promise<Claim>;
  /** Ends a claim with an attempt. */
  record(result: DeliveryResult, context: { eventId: string; destinationId: string }): Promise<void>;
  /** Ends a claim without one. */
  release(delivery: Reference): Promise<void>;
  discard(delivery: Reference, reason: string): Promise<void>;
  postpone(delivery: Reference, until: Date): Promise<void>;
}

interface Recording {
  result: DeliveryResult;
  eventId: string;
  destinationId: string;
}

/**
 * @param leaseMs has to be longer than an attempt may take
 * @param queuedForMs how long after its time a retry is left to the queue before the sweeper steps in
 */
export function createLedger(db: Db, leaseMs: number, queuedForMs: number): Ledger {
  const claims = coalesce<string, ClaimedDelivery>(async (keys) => {
    const wanted = keys.map((key) => {
      const [tenantId = "", id = ""] = key.split("/");
      return { tenantId, id };
    });
    const claimed = await withPlatform(db, (trx) => claimDeliveries(trx, wanted, leaseMs));
    return new Map(claimed.map((delivery) => [`${delivery.tenant_id}/${delivery.id}`, delivery]));
  });

  const records = coalesce<Recording, true>(async (recordings) => {
    await withPlatform(db, async (trx) => {
      await recordResults(
        trx,
        recordings.map(({ result }) => result),
        queuedForMs,
      );
      for (const { result, eventId, destinationId } of recordings) {
        if (result.status !== "dead") continue;
        await emit(trx, result.tenantId, "webhook_delivery.dead", {
          delivery_id: result.deliveryId,
          event_id: eventId,
          destination_id: destinationId,
          reason: result.attempt.error ?? "unknown",
        });
      }
    });
    return new Map(recordings.map((recording) => [recording, true]));
  });

  return {
    async claim(delivery) {
      const claimed = await claims(`${delivery.tenantId}/${delivery.id}`);
      if (claimed) return { kind: "claimed", delivery: claimed };
      const state = await withPlatform(db, (trx) => findDeliveryState(trx, delivery));
      if (state?.status !== "pending") return { kind: "over" };
      // A lease that has just ended, or one that another claim holds in an open transaction.
      return { kind: "leased", until: state.lease_until ?? new Date() };
    },
    async record(result, context) {
      await records({ result, ...context });
    },
    release: (delivery) => withPlatform(db, (trx) => releaseDeliveries(trx, [delivery])),
    discard: (delivery, reason) => withPlatform(db, (trx) => discardDelivery(trx, delivery, reason)),
    postpone: (delivery, until) => withPlatform(db, (trx) => postponeDelivery(trx, delivery, until)),
  };
}
