import type { Bench } from "../../bench.ts";
import type { Figure, Line } from "../../figure.ts";
import { growingBacklog } from "./backlog.ts";
import { growingEvents } from "./events.ts";
import { growthFleets, type Fleets } from "./growth-fleets.ts";
import { growingTenants } from "./tenants.ts";

/** Ten million events, and the log of writing them. */
const eventsGigabytes = 12;

/** P7: whether what a request costs grows with what is stored. */
export const growth: readonly Figure[] = [
  {
    ...figureOf("events", growingEvents),
    title: "growth",
    seconds: { full: 150, quick: 16 },
    gigabytes: eventsGigabytes,
  },
  {
    ...figureOf("backlog", growingBacklog),
    title: "growth",
    seconds: { full: 90, quick: 8 },
  },
  {
    ...figureOf("tenants", growingTenants),
    title: "growth",
    seconds: { full: 120, quick: 8 },
  },
];

function figureOf(part: string, take: (bench: Bench, fleets: Fleets) => Promise<Line>) {
  return {
    id: "P7" as const,
    part,
    take: async (bench: Bench): Promise<Line[]> => [await take(bench, await growthFleets(bench))],
  };
}
