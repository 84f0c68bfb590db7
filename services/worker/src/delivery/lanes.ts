import type { DestinationReference } from "./destinations.ts";
import { createLane, isIdle, type Lane } from "./lane.ts";

/** The lanes of a worker: of destinations that something has to be remembered of. */
export interface Lanes {
  /** The lane of a destination, made where there is none. */
  of(destination: DestinationReference): Lane;
  all(): Iterable<Lane>;
  count(): number;
  /** Forgets a lane, where it is idle. */
  forgetIdle(lane: Lane): void;
}

export function createLanes(): Lanes {
  const byId = new Map<string, Lane>();
  return {
    of({ tenantId, id }) {
      let lane = byId.get(id);
      if (!lane) byId.set(id, (lane = createLane(id, tenantId)));
      return lane;
    },
    all: () => byId.values(),
    count: () => byId.size,
    forgetIdle(lane) {
      if (isIdle(lane) && byId.get(lane.id) === lane) byId.delete(lane.id);
    },
  };
}
