import type { Figure } from "../../figure.ts";
import type { RequestPlan } from "../../load/requests.ts";
import { startFloor } from "../../machine/floor-process.ts";
import { registerTenant } from "../../tenant.ts";
import { compareThroughput } from "../throughput.ts";

/** P4: how often one process of identity-api says who is logged in. */
export const me: Figure = {
  id: "P4",
  title: "who is logged in",
  seconds: { full: 42, quick: 3 },
  async take(bench) {
    const fleet = await bench.fleet();
    const identity = fleet.services["identity-api"];
    const tenant = await registerTenant(fleet.origin);
    const body = await tenant.api.get("/api/v1/auth/me");
    const floor = await startFloor(new URL("./floor.ts", import.meta.url), { ANSWER: JSON.stringify(body) });
    const planOf = (url: string): RequestPlan => ({
      kind: "get",
      url: `${url}/auth/me`,
      headers: { authorization: `Bearer ${tenant.accessToken}` },
    });
    try {
      const { floorValue, ...taken } = await compareThroughput(bench, {
        floor: { pid: floor.pid, plan: planOf(floor.ready["url"] ?? "") },
        condo: { pid: identity.pid ?? 0, plan: planOf(`${identity.url}/api/v1`) },
        connections: 64,
        status: 200,
        preparedPerSecond: 0,
      });
      return [
        {
          ...taken,
          what: "GET /auth/me, its session asked of Postgres",
          floor: {
            name: "bare Fastify answering the same bytes",
            value: floorValue,
            unit: "req/s",
            isLeast: true,
          },
          unit: "×",
          goal: { atLeast: 0.6 },
          how: "closed loop, 64 connections of one session, straight to the process",
        },
      ];
    } finally {
      await floor.stop();
    }
  },
};
