import { mkdirSync, readdirSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { isProcessAlive, removeEngines } from "@condo/engines";
import type { Figure } from "../figure.ts";

const gibibyte = 2 ** 30;
/** A fleet's engines, and what figures leave in them. */
const usualGb = 3;

/** Stops and removes what runs left behind that were killed. */
export async function removeRemains(stateDir: string): Promise<void> {
  mkdirSync(stateDir, { recursive: true });
  for (const name of readdirSync(stateDir)) {
    if (/^\d+$/.test(name) && !isProcessAlive(Number(name))) await removeEngines(join(stateDir, name));
  }
}

/** @throws an error that says so when the disk is too full: it would be found out in the middle, after minutes. */
export function assertRoom(
  stateDir: string,
  { only, isQuick }: { only: readonly Figure[]; isQuick: boolean },
): void {
  const neededGb = isQuick ? usualGb : Math.max(usualGb, ...only.map(({ gigabytes = 0 }) => gigabytes));
  const { bavail, bsize } = statfsSync(stateDir);
  const freeGb = (bavail * bsize) / gibibyte;
  if (freeGb >= neededGb) return;
  throw new Error(`${neededGb} GB are needed in ${stateDir}, and ${freeGb.toFixed(1)} GB are free there`);
}
