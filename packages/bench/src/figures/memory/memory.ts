import { setTimeout as delay } from "node:timers/promises";
import type { Figure, Line } from "../../figure.ts";
import { usageOf } from "../../machine/usage.ts";
import { medianOf } from "../../spread.ts";
import { hangingTenant } from "../deliver/hanging-tenant.ts";

const apis = ["identity-api", "tenant-api", "webhook-ingest"] as const;
const mebibyte = 1024 * 1024;
const samples = 10;

/** P9: how much memory the processes hold. */
export const memory: Figure = {
  id: "P9",
  title: "memory",
  seconds: { full: 60, quick: 10 },
  async take(bench) {
    const idle = await bench.freshFleet();
    await delay(bench.isQuick ? 200 : 5_000);
    const held = apis.map((name) => residentOf(idle.services[name].pid));
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
    const lines: Line[] = apis.map((name, index) => lineOf(`${name}, idle`, [held[index] ?? 0], 120));
    const workerLine = lineOf(`worker with ${noisy.size} events waiting`, worker, 250);
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

function residentOf(pid: number | undefined): number {
  return usageOf(pid ?? 0).residentBytes / mebibyte;
}

function lineOf(what: string, rounds: number[], atMost: number): Line {
  return {
    what,
    value: { value: medianOf(rounds), unit: "MB" },
    rounds,
    unit: "MB",
    goal: { atMost },
    how: "resident set, as the system tells it",
    notes: [],
  };
}
