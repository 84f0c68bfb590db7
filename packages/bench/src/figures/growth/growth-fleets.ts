import type { Fleet } from "@condo/local/fleet";
import type { Bench } from "../../bench.ts";

/** Two of everything, so that what grows is measured in turn with what does not. Their workers are stopped. */
export interface Fleets {
  /** Has the smallest size, and stays as it is. */
  small: Fleet;
  large: Fleet;
}

const fleets = new WeakMap<Bench, Promise<Fleets>>();

/** Started once a run; they end with it. */
export function growthFleets(bench: Bench): Promise<Fleets> {
  const known = fleets.get(bench);
  if (known) return known;
  const started = start(bench);
  fleets.set(bench, started);
  return started;
}

async function start(bench: Bench): Promise<Fleets> {
  const [small, large] = [await bench.freshFleet(), await bench.freshFleet()];
  await Promise.all([small.services.worker.stop(), large.services.worker.stop()]);
  return { small, large };
}
