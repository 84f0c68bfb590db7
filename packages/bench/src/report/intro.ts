import type { Engines, Machine } from "../machine/machine.ts";

/** What the figures were taken on: a few lines. */
export function introOf({ machine, engines }: { machine: Machine; engines: Engines }): string[] {
  const { median, least, most } = machine.fsyncMs;
  const range = `${least.toFixed(2)}–${most.toFixed(2)}`;
  const told = (settings: Record<string, string>): string =>
    Object.entries(settings)
      .map(([name, value]) => `${name} ${value}`)
      .join(", ");
  return [
    `${machine.cores} cores of ${machine.processor}, ${machine.memoryGb} GB, ${machine.system}, Node ${machine.node}`,
    `${machine.takenAt}, load average ${machine.loadAverage.toFixed(1)} before; ` +
      `a write and its fsync took ${median.toFixed(2)} ms (${range})`,
    `identity-api, tenant-api, webhook-ingest, worker and gateway, a process each: ${told(engines.services)}`,
    `Postgres ${told(engines.postgres)}`,
    `Redis ${told(engines.redis)}`,
  ];
}
