import { emit } from "@condo/events";
import { coalesce } from "@condo/http";
import { shapingMs } from "@condo/routing";
import { commitWith, withPlatform, type Db } from "@condo/schema";
import { sql } from "kysely";
import {
  claimDue,
  claimHeads,
  discardWaiting,
  releaseDeliveries,
  type ClaimedDelivery,
} from "../repositories/claimed-deliveries.ts";
import { recordHalving } from "../record-halving.ts";
import { recordResults, type DeliveryResult } from "../repositories/delivery-results.ts";
import { disable } from "./breaker-records.ts";
import type { Destination, DestinationReference } from "./destinations.ts";
import { createGathering } from "./gathering.ts";
import type { Task } from "./lane.ts";

interface ClaimedWindow {
  tasks: Task[];
  /** Where the next claim goes on among the order keys. */
  afterKey: string;
  /** There may be more that is due. */
  isMore: boolean;
  /** False when the intake is behind, so that what has an order could not be claimed yet. */
  isDrained: boolean;
}

/** What Postgres knows of deliveries. Results of a moment share a transaction. */
export interface Ledger {
  /** How long an attempt may take, with what it takes to record it. */
  attemptMs(destination: Timing): number;
  /** How long a lease on a destination's deliveries lasts: an attempt, and a wait before it. */
  leaseMs(destination: Timing): number;
  claim(destination: Destination, limit: number, afterKey: string): Promise<ClaimedWindow>;
  /**
   * Ends a claim with an attempt. One that Postgres refuses is rejected alone, not those that are recorded with it.
   *
   * @param isAwaited false when nothing waits for it: then it waits for others, so that they are recorded together
   */
  record(result: RecordedResult, isAwaited: boolean): Promise<void>;
  /** Records at once what waits for others. */
  hurry(): void;
  /** Ends claims without one. */
  release(tasks: readonly Task[]): Promise<void>;
  /** Ends everything that waits for a destination. */
  discardAll(destination: DestinationReference, reason: string): Promise<void>;
}

/** What of a destination says how long an attempt may take. */
type Timing = Pick<Destination, "timeoutMs" | "transform">;

type RecordedResult = DeliveryResult & {
  eventId: string;
  destinationId: string;
  /** Why the destination is to be switched off, where this attempt says so. */
  disableReason: string | null;
};

export interface LedgerOptions {
  db: Db;
  /** How long an attempt may take at most, without a timeout of the destination's own, and beyond either. */
  timeoutMs: number;
  bodyTimeoutMs: number;
  /**
   * How long a result that nothing waits for may wait for others. A transaction costs Postgres, its disk and the worker more
   * than another result in it does. What a crash finds waiting is sent again, as is what was being sent.
   */
  gatherMs: number;
  /**
   * Marks everything that was acknowledged until now. What it gives ends once all of it is in Postgres; with false when that
   * takes too long, and may be asked again.
   */
  markIntake: () => Promise<() => Promise<boolean>>;
}

/** A lease outlives the attempt by this, so that no attempt overlaps its own retry. */
const marginMs = 5_000;
/** So long a claimed delivery may wait for its turn. */
const waitMs = 10_000;
const discardBatch = 1_000;
/** Of bodies that one claim brings. */
const claimBytes = 8 * 1024 * 1024;

export function createLedger(options: LedgerOptions): Ledger {
  const { db } = options;
  const attemptMs = ({ timeoutMs, transform }: Timing) =>
    (transform === null ? 0 : shapingMs) +
    (timeoutMs ?? options.timeoutMs) +
    options.bodyTimeoutMs +
    options.gatherMs +
    marginMs;
  const leaseMs = (destination: Timing) => attemptMs(destination) + waitMs;

  const gathering = createGathering(options.gatherMs);
  /** Answers what Postgres has against a result; nothing for one that is recorded. */
  const refusals = coalesce<RecordedResult, Error>(async (results) => {
    const refused = new Map<RecordedResult, Error>();
    await recordHalving(
      results,
      (batch) => twiceInConflict(() => recordTogether(db, batch)),
      (result, error) => void refused.set(result, error),
    );
    return refused;
  });

  const releases = coalesce<Task, true>(async (tasks) => {
    // One whose lease is about to end may be another worker's by the time that this arrives.
    const still = performance.now() + marginMs;
    const ours = tasks.filter(({ leaseEndsAt }) => leaseEndsAt > still).map(({ delivery }) => delivery);
    if (ours.length > 0) await withPlatform(db, (trx) => releaseDeliveries(trx, ours));
    return new Map();
  });

  async function mark(): Promise<{ at: Date; isDrained: () => Promise<boolean> }> {
    const { rows } = await sql<{ at: Date }>`select clock_timestamp() as at`.execute(db);
    return { at: rows[0]?.at ?? new Date(0), isDrained: await options.markIntake() };
  }

  // Kept until it is reached: with an intake that stays behind, none ever would be of those that are made anew.
  let marked: Awaited<ReturnType<typeof mark>> | undefined;
  /** Before this, nothing was taken in that Postgres lacks. Claims of a moment share the answer. */
  const orderedUpTo = coalesce<"now", Date>(async () => {
    const { at, isDrained } = (marked ??= await mark());
    if (!(await isDrained())) return new Map();
    marked = undefined;
    return new Map([["now", at]]);
  });

  async function claimOrdered(
    destination: Destination,
    limit: number,
    afterKey: string,
  ): Promise<ClaimedWindow> {
    const recordedBefore = await orderedUpTo("now");
    if (!recordedBefore) return { tasks: [], afterKey, isMore: true, isDrained: false };
    const begun = performance.now();
    const claim = {
      tenantId: destination.tenantId,
      destinationId: destination.id,
      bytes: claimBytes,
      leaseMs: leaseMs(destination),
    };
    const [heads, keyless] = await withPlatform(db, async (trx) => [
      await claimHeads(trx, { ...claim, limit, afterKey, recordedBefore }),
      await claimDue(trx, { ...claim, limit }),
    ]);
    const last = heads.deliveries
      .map(({ order_key: key }) => Buffer.from(key))
      .toSorted((one, other) => one.compare(other))
      .at(-1);
    const isAllHeads = !heads.isMore;
    return {
      tasks: tasksOf([...heads.deliveries, ...keyless.deliveries], begun + claim.leaseMs),
      afterKey: isAllHeads ? "" : String(last),
      isMore: !isAllHeads || afterKey !== "" || keyless.isMore,
      isDrained: true,
    };
  }

  return {
    attemptMs,
    leaseMs,
    async claim(destination, limit, afterKey) {
      if (destination.isOrdered) return claimOrdered(destination, limit, afterKey);
      const begun = performance.now();
      const { tenantId, id: destinationId } = destination;
      const forMs = leaseMs(destination);
      const { deliveries, isMore } = await withPlatform(db, (trx) =>
        claimDue(trx, { tenantId, destinationId, limit, bytes: claimBytes, leaseMs: forMs }),
      );
      return {
        tasks: tasksOf(deliveries, begun + forMs),
        afterKey: "",
        isMore,
        isDrained: true,
      };
    },
    async record(result, isAwaited) {
      if (isAwaited) gathering.hurry();
      else await gathering.wait();
      const refusal = await refusals(result);
      if (refusal) throw refusal;
    },
    hurry: () => gathering.hurry(),
    async release(tasks) {
      await Promise.all(tasks.map(releases));
    },
    async discardAll(destination, reason) {
      let discarded;
      do {
        discarded = await withPlatform(db, (trx) => discardWaiting(trx, destination, reason, discardBatch));
      } while (discarded === discardBatch);
    },
  };
}

async function recordTogether(db: Db, results: readonly RecordedResult[]): Promise<void> {
  const dead = results.filter(({ status }) => status === "dead");
  // Two that switch the same destinations off at once lock them in the same order.
  const disabling = results
    .filter(({ disableReason }) => disableReason !== null)
    .toSorted((one, other) => (one.destinationId < other.destinationId ? -1 : 1));
  await withPlatform(db, async (trx) => {
    const record = () => recordResults(trx, results);
    await (dead.length + disabling.length > 0 ? record() : commitWith(trx, record));
    for (const result of dead) {
      await emit(trx, result.tenantId, "webhook_delivery.dead", {
        delivery_id: result.deliveryId,
        event_id: result.eventId,
        destination_id: result.destinationId,
        reason: result.attempt.error ?? "unknown",
      });
    }
    for (const { disableReason, tenantId, destinationId } of disabling) {
      if (disableReason !== null) await disable(trx, { tenantId, id: destinationId }, disableReason);
    }
  });
}

/** Once more where Postgres ended it in favour of another transaction: a deadlock, or a conflict of the two. */
async function twiceInConflict(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!["40P01", "40001"].includes(String((error as { code?: unknown }).code))) throw error;
    await work();
  }
}

function tasksOf(deliveries: readonly ClaimedDelivery[], leaseEndsAt: number): Task[] {
  return deliveries.map((delivery) => ({ delivery, leaseEndsAt }));
}
