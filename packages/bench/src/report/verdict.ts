import type { Goal, Line } from "../figure.ts";
import { medianOf } from "../spread.ts";

/** Above this part of a core, the load itself may be what limits. */
const busyLoad = 0.9;

function isMet({ atLeast = -Infinity, atMost = Infinity }: Goal, value: number): boolean {
  return value >= atLeast && value <= atMost;
}

/** Whether the goal is met; undefined where there is none, or nothing to judge by. */
export function verdictOf(line: Line, isQuick: boolean): "met" | "missed" | undefined {
  if (!line.goal || isQuick) return undefined;
  return isMet(line.goal, medianOf(line.rounds)) ? "met" : "missed";
}

/** Condo's figure as a multiple of the floor's; undefined where there is none. */
export function ratioOf(line: Line): number | undefined {
  if (line.unit === "×") return medianOf(line.rounds);
  return line.ratios && medianOf(line.ratios);
}

/** Why a figure may not say what it seems to. */
export function doubtsOf(line: Line): string[] {
  const ratio = ratioOf(line);
  const isLessBetter = line.goal?.atMost !== undefined;
  const isFloorBehind = ratio !== undefined && (isLessBetter ? ratio < 1 : ratio > 1);
  const doubts: string[] = [];
  if (line.floor?.isLeast && isFloorBehind) {
    doubts.push("THE FLOOR IS SLOWER, though it does less: it is no floor, or the machine was not quiet");
  }
  if ((line.loadCores ?? 0) > busyLoad) {
    doubts.push("THE LOAD MAY BE WHAT LIMITS: its process had no more of a core to use");
  }
  return doubts;
}
