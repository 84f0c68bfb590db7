import { setTimeout as delay } from "node:timers/promises";
import type { Fleet } from "@condo/local/fleet";
import type { Figure, Line } from "../../figure.ts";
import { startFloor } from "../../machine/floor-process.ts";
import { usageOf } from "../../machine/usage.ts";
import { medianOf } from "../../spread.ts";
import { hangingTenant } from "../deliver/hanging-tenant.ts";

const apis = ["identity-api", "tenant-api", "webhook-ingest"] as const;
const mebibyte = 1024 * 1024;
const samples = 10;
/** Longer than a service takes to give back what its start took. */
const settleMs = 6_000;

/** P9: how much memory the processes hold. */
export const memory: Figure = {
  id: "P9",
  title: "memory",
  seconds: { full: 60, quick: 10 },
  async take(bench) {
    const idle = await bench.freshFleet();
    // The first start leaves compiled code behind, which every later one finds.
    await Promise.all(apis.map((name) => idle.services[name].restart()));
    await delay(bench.isQuick ? 200 : settleMs);
    const held = apis.map((name) => residentOf(idle.services[name].pid));
    const least = await heldByFloor(idle);
    await bench.end(idle);

    const fleet = await bench.fleet();
    const noisy = await hangingTenant(bench);
    await noisy.begin();
    const { pid } = fleet.services.worker;
    const worker: number[] = [];
    await bench.watch(pid, async () => {
      for (let sample = 0; sample < samples; sample++) {
        worker.push(residentOf(pid));
        await delay(bench.isQuick ? 20 : 1_000);
      }
    });
    await noisy.rest();
    const lines = apis.map((name, index) => lineOf(`${name}, idle`, [held[index] ?? 0], least, 120));
    const workerLine = lineOf(`worker with ${noisy.size} events waiting`, worker, least, 250);
    workerLine.plots = [
      {
        title: "The worker's memory with its backlog",
        kind: "growth",
        x: "s",
        y: "MB",
        series: [{ name: "resident", points: worker.map((value, second) => [second, value]) }],
      },
    ];
    return [...lines, workerLine];
  },
};

async function heldByFloor({ appDatabaseUrl, redisUrl }: Fleet): Promise<number> {
  const env = { DATABASE_URL: appDatabaseUrl, REDIS_URL: redisUrl, NODE_OPTIONS: "--expose-gc" };
  const floor = await startFloor(new URL("./floor.ts", import.meta.url), env);
  try {
    return residentOf(floor.pid);
  } finally {
    await floor.stop();
  }
}

function residentOf(pid: number | undefined): number {
  return usageOf(pid ?? 0).residentBytes / mebibyte;
}

function lineOf(what: string, rounds: number[], least: number, atMost: number): Line {
  return {
    what,
    value: { value: medianOf(rounds), unit: "MB" },
    floor: {
      name: "Fastify with a connection to each engine, idle",
      value: least,
      unit: "MB",
      isLeast: true,
    },
    ratios: rounds.map((held) => held / least),
    rounds,
    unit: "MB",
    goal: { atMost },
    how: "resident set, as the system tells it",
    notes: [],
  };
}
