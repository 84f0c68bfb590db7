import type { Bench } from "./bench.ts";

export type FigureId = "P1" | "P2" | "P3" | "P4" | "P5" | "P6" | "P7" | "P8" | "P9" | "P10" | "P11";

/** What a figure came to: one line of the table. */
export interface Line {
  what: string;
  /** Condo's own figure, and the floor's, as medians over the rounds. */
  value: Quantity;
  floor?: Quantity & {
    name: string;
    /** It does less than Condo, so it has to come out ahead. */
    isLeast?: true;
  };
  /** What the goal is about, in each round: a ratio to the floor, or the value itself. */
  rounds: number[];
  /** Of `rounds`: × for a ratio. */
  unit: string;
  /** Condo's figure as a multiple of the floor's, in each round, where `rounds` is something else. */
  ratios?: number[];
  /** Left out where there is none: of another system. */
  goal?: Goal;
  /** How it was taken. */
  how: string;
  /** What a reader should know to believe it: CPU use, what limits. */
  notes: string[];
  /** Cores that the load's process used at most: near 1, it may be the load that was measured. */
  loadCores?: number;
  plots?: Plot[];
}

interface Quantity {
  value: number;
  unit: string;
}

export interface Goal {
  atLeast?: number;
  atMost?: number;
}

export interface Plot {
  title: string;
  kind: "latency" | "throughput" | "growth";
  x: string;
  y: string;
  series: { name: string; points: [x: number, y: number][] }[];
}

/** As it is chosen by. */
export function nameOf({ id, part }: Figure): string {
  return part === undefined ? id : `${id}.${part}`;
}

export interface Figure {
  id: FigureId;
  /** Where a figure has parts that can be taken apart from each other: `P7.events`. */
  part?: string;
  title: string;
  /** How long it takes on a quiet machine of two cores. */
  seconds: { full: number; quick: number };
  /** Room that it needs on the disk, in gigabytes, where that is more than a fleet needs. */
  gigabytes?: number;
  take(bench: Bench): Promise<Line[]>;
}
