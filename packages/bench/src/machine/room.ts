import { mkdirSync, readdirSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { isProcessAlive, removeEngines } from "@condo/engines";
import type { FigureId } from "../figure.ts";

const gibibyte = 2 ** 30;
/** A fleet's engines, and what figures leave in them. */
const usualGb = 3;
/** Ten million events, and the log of writing them. */
const growthGb = 12;

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
  { only, isQuick }: { only: readonly FigureId[]; isQuick: boolean },
): void {
  const neededGb = only.includes("P7") && !isQuick ? growthGb : usualGb;
  const { bavail, bsize } = statfsSync(stateDir);
  const freeGb = (bavail * bsize) / gibibyte;
  if (freeGb >= neededGb) return;
  throw new Error(`${neededGb} GB are needed in ${stateDir}, and ${freeGb.toFixed(1)} GB are free there`);
}
