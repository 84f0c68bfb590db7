import type { Line } from "../figure.ts";
import type { Engines, Machine } from "../machine/machine.ts";

/** What a run came to: what `--json` prints. */
export interface Result {
  /** Small and short: nothing to judge by. */
  isQuick: boolean;
  machine: Machine;
  engines: Engines;
  /** What Condo is put beside. */
  beside: "floor" | "peer";
  figures: { id: string; title: string; lines: Line[] }[];
  /** Figures that could not be taken, and why. */
  failed: { id: string; reason: string }[];
}
