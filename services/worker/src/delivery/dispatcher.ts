import type { Logger } from "@condo/http";
import type { Allowance, Breakers } from "./breakers.ts";
import { createClosedDestinations } from "./closed-destinations.ts";
import type { Deliver } from "./deliver.ts";
import type { Destination, DestinationReference, Destinations } from "./destinations.ts";
import { createHand } from "./hand.ts";
import { emptyLane, isFullLane, nextIn, roomIn, waitingIn, type Lane, type Task } from "./lane.ts";
import { createLanes } from "./lanes.ts";
import type { Ledger } from "./ledger.ts";
import type { Limits } from "./limits.ts";
import { createSlots } from "./slots.ts";

/**
 * Sends deliveries, a lane a destination. Of each destination a bounded window is in hand, leased; the rest stays in
 * Postgres and is claimed as the window empties, so that no destination, however far behind, costs the others more.
 */
export interface Dispatcher {
  /** Who, of these tenants and their destinations, takes no more from the drain now. */
  closedFor(tenantIds: Iterable<string>): { tenants: string[]; destinations: string[] };
  /** Nothing more is to be taken from the drain, whatever the destination. */
  isFull(): boolean;
  /** Takes deliveries that are leased to this worker. */
  offer(tasks: readonly Task[]): void;
  /** Something of this destination may be due. */
  wake(destination: DestinationReference): void;
  /** A tenant was changed: what is in hand for it is looked at again. */
  wakeTenant(tenantId: string): void;
  /** Looks at every lane again, a net below the wake-ups, and forgets those that nothing has to be remembered of. */
  tick(): void;
  counts(): { lanes: number; waiting: number; inFlight: number };
  /** Sees through what is under way, and hands the rest back. */
  close(): Promise<void>;
}

export interface DispatcherOptions {
  ledger: Ledger;
  destinations: Destinations;
  breakers: Breakers;
  limits: Limits;
  deliver: Deliver;
  logger: Logger;
  /** Under way at once: in all, and for a tenant. */
  concurrency: { total: number; tenant: number };
}

/** Bodies in hand, at most; a batch of the drain, and what was claimed at once, may come on top. */
const bytesInHand = { bytes: 64 * 1024 * 1024, tenantBytes: 8 * 1024 * 1024 };
const retryMs = 1_000;
const notDrainedMs = 100;

export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { ledger, destinations, breakers, limits, deliver, logger } = options;
  const lanes = createLanes();
  const closed = createClosedDestinations();
  const slots = createSlots<Lane>({
    ...options.concurrency,
    perSecondOf: (tenantId) => limits.tenantPerSecond(tenantId),
    onTurn: pump,
  });
  const underWay = new Set<Promise<void>>();
  const hand = createHand(bytesInHand);
  let closing = false;

  /** Starts what may be started, and sees to it that the lane is looked at again when that changes. */
  function pump(lane: Lane): void {
    if (closing || lane.isLoading) return;
    void load(lane);
  }

  async function load(lane: Lane): Promise<void> {
    lane.isLoading = true;
    try {
      lane.destination = await destinations.get({ tenantId: lane.tenantId, id: lane.id });
    } catch (err) {
      logger.warn({ err, destination_id: lane.id }, "a destination could not be looked up");
      pumpLater(lane, retryMs);
      return;
    } finally {
      lane.isLoading = false;
    }
    if (!closing) run(lane);
  }

  function run(lane: Lane): void {
    const { destination } = lane;
    if (destination?.status !== "active") {
      handBack(lane);
      // What is gone takes nothing from the drain by itself.
      closed.set(lane, destination?.status === "inactive");
      lane.hasBacklog = false;
      if (destination?.status === "deleted") void discard(lane);
      lanes.forgetIdle(lane);
      return;
    }
    // With nothing at hand an open breaker stays as it is, and is not probed.
    if (waitingIn(lane) === 0 && !lane.hasBacklog) return lanes.forgetIdle(lane);
    const allowance = breakers.allowance(destination);
    const limit = Math.min(allowance.limit, limits.atOnce(destination));
    closed.set(lane, limit === 0);
    if (limit === 0) {
      handBack(lane);
      if (allowance.limit === 0 && allowance.waitMs !== null) pumpLater(lane, allowance.waitMs);
      else lane.hasBacklog = false;
      lanes.forgetIdle(lane);
      return;
    }
    startAll(lane, destination, limit, allowance);
    const wanted = roomIn(lane, limit);
    if (lane.hasBacklog && !lane.isRefilling && wanted > 0 && !hand.isFullFor(lane.tenantId)) {
      void refill(lane, destination, wanted);
    }
    // Places and room are taken by attempts that are over, too, until they are recorded.
    if (waitingIn(lane) > 0 || lane.hasBacklog) ledger.hurry();
    lanes.forgetIdle(lane);
  }

  function startAll(lane: Lane, destination: Destination, limit: number, { epoch }: Allowance): void {
    while (lane.inFlight < limit && waitingIn(lane) > 0) {
      const perSecond = limits.perSecond(destination);
      const waitMs = perSecond === null ? 0 : lane.rate.waitMs(perSecond);
      if (waitMs > 0) return pumpLater(lane, waitMs);
      if (!slots.take(lane.tenantId, lane)) return;
      lane.rate.take();
      const task = nextIn(lane);
      if (!task) return wakeAll(slots.free(lane.tenantId));
      if (task.leaseEndsAt - performance.now() < ledger.attemptMs(destination)) {
        // It waited too long to be sent within its lease, after which anybody may have it.
        // So have those behind it, most likely.
        lane.claimed.unshift(task);
        handBack(lane);
        return wakeAll(slots.free(lane.tenantId));
      }
      start(lane, destination, task, epoch);
    }
  }

  function start(lane: Lane, destination: Destination, task: Task, epoch: number): void {
    lane.inFlight++;
    const done = deliver(task.delivery, destination, () => isAwaited(lane, destination))
      .then(({ isWell, pauseMs, isRecorded }) => {
        if (!isRecorded) giveBack([task]);
        if (isWell !== null) breakers.report(destination, isWell, epoch);
        if (pauseMs > 0) breakers.pause(destination, pauseMs);
      })
      .catch((err: unknown) => {
        // Postgres is away, most likely. What was sent and not recorded is sent again when its lease ends.
        logger.warn({ err, delivery_id: task.delivery.id }, "a delivery could not be settled");
      })
      .finally(() => {
        underWay.delete(done);
        hand.remove([task]);
        lane.inFlight--;
        // The next of its key may go now.
        if (destination.isOrdered) lane.hasBacklog = true;
        wakeAll(slots.free(lane.tenantId));
        pump(lane);
      });
    underWay.add(done);
  }

  /** Whether something waits for a place of this lane's, or for the one before it of its order key. */
  function isAwaited(lane: Lane, { isOrdered }: Destination): boolean {
    const isMore = waitingIn(lane) > 0 || lane.hasBacklog || lane.isRefilling;
    return closing || isOrdered || isMore || slots.isAwaited(lane.tenantId);
  }

  function wakeAll(waiting: readonly Lane[]): void {
    for (const lane of waiting) pump(lane);
  }

  async function refill(lane: Lane, destination: Destination, wanted: number): Promise<void> {
    lane.isRefilling = true;
    lane.hasBacklog = false;
    try {
      const claim = await ledger.claim(destination, wanted, lane.afterKey);
      lane.afterKey = claim.afterKey;
      lane.hasBacklog ||= claim.isMore;
      hand.add(claim.tasks);
      lane.claimed.push(...claim.tasks);
      if (!claim.isDrained) pumpLater(lane, notDrainedMs);
    } catch (err) {
      logger.warn({ err, destination_id: lane.id }, "deliveries could not be claimed yet");
      lane.hasBacklog = true;
      pumpLater(lane, retryMs);
    } finally {
      lane.isRefilling = false;
    }
    if (closing) handBack(lane);
    else if (!lane.timer) pump(lane);
  }

  async function discard(lane: Lane): Promise<void> {
    try {
      await ledger.discardAll(lane, "The destination was deleted");
    } catch (err) {
      logger.warn({ err, destination_id: lane.id }, "deliveries could not be discarded yet");
    }
  }

  function handBack(lane: Lane): void {
    const tasks = emptyLane(lane);
    if (tasks.length === 0) return;
    hand.remove(tasks);
    lane.hasBacklog = true;
    giveBack(tasks);
  }

  /** What can't be handed back is free when its lease ends. */
  function giveBack(tasks: readonly Task[]): void {
    const done = ledger
      .release(tasks)
      .catch((err: unknown) => logger.debug({ err }, "leases could not be given back"))
      .finally(() => underWay.delete(done));
    underWay.add(done);
  }

  function pumpLater(lane: Lane, ms: number): void {
    clearTimeout(lane.timer);
    lane.timer = setTimeout(
      () => {
        lane.timer = undefined;
        lane.hasBacklog = true;
        pump(lane);
      },
      Math.min(ms, 2 ** 31 - 1),
    );
  }

  function isFull(): boolean {
    return closing || hand.isFull();
  }

  return {
    isFull,
    closedFor(tenantIds) {
      const wanted = new Set(tenantIds);
      const ids = closed.of(wanted);
      for (const lane of lanes.all()) {
        if (wanted.has(lane.tenantId) && isFullLane(lane)) ids.push(lane.id);
      }
      return { tenants: [...wanted].filter((id) => hand.isFullFor(id)), destinations: ids };
    },
    offer(tasks) {
      hand.add(tasks);
      const touched = new Set<Lane>();
      for (const task of tasks) {
        const { destination_id: id, tenant_id: tenantId } = task.delivery;
        const lane = lanes.of({ id, tenantId });
        lane.fresh.push(task);
        touched.add(lane);
      }
      for (const lane of touched) {
        if (closing) handBack(lane);
        else pump(lane);
      }
    },
    wake(destination) {
      if (closing) return;
      const lane = lanes.of(destination);
      lane.hasBacklog = true;
      pump(lane);
    },
    wakeTenant(tenantId) {
      for (const lane of lanes.all()) if (lane.tenantId === tenantId) pump(lane);
    },
    tick() {
      slots.tidy();
      for (const lane of lanes.all()) {
        if (waitingIn(lane) > 0) pump(lane);
        else lanes.forgetIdle(lane);
      }
    },
    counts() {
      let waiting = 0;
      for (const lane of lanes.all()) waiting += waitingIn(lane);
      return { lanes: lanes.count(), waiting, inFlight: slots.taken() };
    },
    async close() {
      closing = true;
      slots.close();
      for (const lane of lanes.all()) {
        clearTimeout(lane.timer);
        handBack(lane);
      }
      ledger.hurry();
      while (underWay.size > 0) await Promise.all(underWay);
      await breakers.settled();
    },
  };
}
