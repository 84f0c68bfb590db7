import type { Figure } from "../../figure.ts";
import { growingBacklog } from "./backlog.ts";
import { growingEvents } from "./events.ts";
import { growingTenants } from "./tenants.ts";

/** P7: whether what a request costs grows with what is stored. */
export const growth: Figure = {
  id: "P7",
  title: "growth",
  async take(bench) {
    const fleet = await bench.freshFleet();
    try {
      const events = await growingEvents(bench, fleet);
      await fleet.services.worker.stop();
      return [events, await growingBacklog(bench, fleet), await growingTenants(bench, fleet)];
    } finally {
      await bench.end(fleet);
    }
  },
};
