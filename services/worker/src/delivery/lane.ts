import type { ClaimedDelivery } from "../repositories/claimed-deliveries.ts";
import type { Destination } from "./destinations.ts";
import { createRate, type Rate } from "./rate.ts";

/** Deliveries of one destination that wait in a worker, at most; a batch of the drain may come on top. */
const windowSize = 512;
/** A claim takes so many at once that its cost is little to each. */
const claimAtLeast = 16;

/** A delivery that waits in this worker to be sent. */
export interface Task {
  delivery: ClaimedDelivery;
  /** By `performance.now()`. */
  leaseEndsAt: number;
}

/** What a worker has in hand for one destination: a window of its deliveries, the rest of which stays in Postgres. */
export interface Lane {
  readonly id: string;
  readonly tenantId: string;
  destination: Destination | undefined;
  /** First attempts that came straight from the drain, and what was claimed; they take turns. */
  fresh: Task[];
  claimed: Task[];
  isFreshNext: boolean;
  inFlight: number;
  /** There may be more in Postgres. */
  hasBacklog: boolean;
  isRefilling: boolean;
  isLoading: boolean;
  rate: Rate;
  timer: NodeJS.Timeout | undefined;
  /** Of the order keys: those behind this one are looked at next. */
  afterKey: string;
}

export function createLane(id: string, tenantId: string): Lane {
  return {
    id,
    tenantId,
    destination: undefined,
    fresh: [],
    claimed: [],
    isFreshNext: true,
    inFlight: 0,
    hasBacklog: false,
    isRefilling: false,
    isLoading: false,
    rate: createRate(),
    timer: undefined,
    afterKey: "",
  };
}

export function waitingIn(lane: Lane): number {
  return lane.fresh.length + lane.claimed.length;
}

export function nextIn(lane: Lane): Task | undefined {
  const isFresh = lane.claimed.length === 0 || (lane.isFreshNext && lane.fresh.length > 0);
  lane.isFreshNext = !isFresh;
  return (isFresh ? lane.fresh : lane.claimed).shift();
}

/** Takes everything out that waits. */
export function emptyLane(lane: Lane): Task[] {
  return [...lane.fresh.splice(0), ...lane.claimed.splice(0)];
}

/** It takes no more from the drain. */
export function isFullLane(lane: Lane): boolean {
  return waitingIn(lane) >= windowSize;
}

/**
 * How many to claim; 0 while that is fewer than are worth a claim.
 *
 * @param limit of requests under way: one that is probed, or comes back, gets few; one that is well has its next ones at hand
 */
export function roomIn(lane: Lane, limit: number): number {
  const window = Math.min(windowSize, limit < claimAtLeast ? limit * 2 : limit * 4);
  const room = window - waitingIn(lane) - lane.inFlight;
  return room >= window / 2 ? room : 0;
}

/** Nothing has to be remembered of it. */
export function isIdle(lane: Lane): boolean {
  return (
    waitingIn(lane) === 0 &&
    lane.inFlight === 0 &&
    !lane.hasBacklog &&
    !lane.isRefilling &&
    !lane.isLoading &&
    lane.timer === undefined &&
    (lane.destination?.maxPerSecond == null || lane.rate.isRested())
  );
}
