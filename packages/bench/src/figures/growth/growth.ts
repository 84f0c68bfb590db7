import type { Fleet } from "@condo/local/fleet";
import type { Figure } from "../../figure.ts";
import { growingBacklog } from "./backlog.ts";
import { growingEvents } from "./events.ts";
import { growingTenants } from "./tenants.ts";

/** Two of everything, so that what grows is measured in turn with what does not. */
export interface Fleets {
  /** Has the smallest size, and stays as it is. */
  small: Fleet;
  large: Fleet;
}

/** P7: whether what a request costs grows with what is stored. */
export const growth: Figure = {
  id: "P7",
  title: "growth",
  seconds: { full: 280, quick: 30 },
  async take(bench) {
    const fleets: Fleets = { small: await bench.freshFleet(), large: await bench.freshFleet() };
    const { small, large } = fleets;
    try {
      const events = await growingEvents(bench, fleets);
      await Promise.all([small.services.worker.stop(), large.services.worker.stop()]);
      return [events, await growingBacklog(bench, fleets), await growingTenants(bench, fleets)];
    } finally {
      await Promise.all([bench.end(small), bench.end(large)]);
    }
  },
};
