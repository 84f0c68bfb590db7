import type { ClaimedDelivery } from "../repositories/claimed-deliveries.ts";
import type { Destination } from "./destinations.ts";
import { createRate, type Rate } from "./rate.ts";

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

export function isIdle(lane: Lane): boolean {
  return (
    waitingIn(lane) === 0 &&
    lane.inFlight === 0 &&
    !lane.hasBacklog &&
    !lane.isRefilling &&
    !lane.isLoading &&
    lane.timer === undefined
  );
}
