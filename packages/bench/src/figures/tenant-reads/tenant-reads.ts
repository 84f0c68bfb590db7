import type { Figure } from "../../figure.ts";
import { startFloor } from "../../machine/floor-process.ts";
import { profilerEnv } from "../../machine/profiler.ts";
import { alternate, ratios } from "../../rounds.ts";
import { medianOf } from "../../spread.ts";
import { registerTenant } from "../../tenant.ts";

/** P6: what a tenant of its own and row level security cost a read. */
export const tenantReads: Figure = {
  id: "P6",
  title: "reads of one tenant",
  seconds: { full: 45, quick: 4 },
  async take(bench) {
    const fleet = await bench.fleet();
    const tenant = await registerTenant(fleet.origin);
    const me = await tenant.api.get("/api/v1/auth/me");
    const { appDatabaseUrl, platformDatabaseUrl } = fleet;
    async function turn(way: "condo" | "floor", url: string): Promise<number> {
      const reader = await startFloor(new URL("./reader.ts", import.meta.url), {
        WAY: way,
        DATABASE_URL: url,
        TENANT_ID: me.tenant_id,
        USER_ID: me.id,
        DURATION_MS: String(bench.durationMs),
        ...(bench.isProfiling && profilerEnv(bench.dir)),
      });
      try {
        const { perSecond } = await bench.watch(way === "condo" ? reader.pid : undefined, () => reader.run());
        return Number(perSecond);
      } finally {
        await reader.stop();
      }
    }
    const { floor, condo } = await alternate(
      bench.rounds,
      () => turn("floor", platformDatabaseUrl),
      () => turn("condo", appDatabaseUrl),
    );
    return [
      {
        what: "a row read through readTenant and its policies",
        value: { value: medianOf(condo), unit: "reads/s" },
        floor: {
          name: "the same query, prepared, on a plain pool, without tenant or transaction",
          value: medianOf(floor),
          unit: "reads/s",
          isLeast: true,
        },
        rounds: ratios(condo, floor),
        unit: "×",
        goal: { atLeast: 0.75 },
        how: "32 reads at once on 8 connections, in a process of its own",
        notes: [],
      },
    ];
  },
};
