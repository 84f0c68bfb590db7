import type { Bench } from "./bench.ts";

export type FigureId = "P1" | "P2" | "P3" | "P4" | "P5" | "P6" | "P7" | "P8" | "P9" | "P10" | "P11";

/** What a figure came to: one line of the table. */
export interface Line {
  what: string;
  /** Condo's own figure, and the floor's, as medians over the rounds. */
  value: Quantity;
  floor?: Quantity & {
    name: string;
    /** It does less than Condo, so it has to be faster. */
    isLeast?: true;
  };
  /** What the goal is about, in each round: a ratio to the floor, or the value itself. */
  rounds: number[];
  /** Of `rounds`: × for a ratio. */
  unit: string;
  /** Left out where there is none: of another system. */
  goal?: Goal;
  /** How it was taken. */
  how: string;
  /** What a reader should know to believe it: CPU use, what limits. */
  notes: string[];
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

export interface Figure {
  id: FigureId;
  title: string;
  take(bench: Bench): Promise<Line[]>;
}
