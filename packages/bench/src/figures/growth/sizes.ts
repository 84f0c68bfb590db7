import type { Bench } from "../../bench.ts";
import type { Line, Plot } from "../../figure.ts";
import { inFigures } from "../../report/in-figures.ts";
import { alternate, ratios, type Rounds } from "../../rounds.ts";
import { medianOf } from "../../spread.ts";

/** What something cost at one size, and the smallest size's in turn with it. */
export interface Sized extends Rounds<number, number> {
  size: number;
  /** What else a reader may want to know of this size. */
  beside?: string;
}

/** Measures a size in turn with the smallest: the last, which the goal is about, more often than those on the way. */
export async function besideSmallest(
  bench: Bench,
  isLast: boolean,
  small: () => Promise<number>,
  large: () => Promise<number>,
): Promise<Rounds<number, number>> {
  return alternate(isLast && !bench.isQuick ? 3 : 1, small, large);
}

/** Cost against size: the last size as a multiple of the smallest, and each of them below it. */
export function growthLine(
  smallest: number,
  taken: readonly Sized[],
  {
    of,
    unit,
    title,
    ...line
  }: Pick<Line, "what" | "how" | "goal"> & { of: string; unit: string; title: string },
): Line {
  const last = taken.at(-1) ?? { size: smallest, floor: [], condo: [] };
  const floors = taken.flatMap(({ floor }) => floor);
  const points: [number, number][] = [
    [smallest, medianOf(floors)],
    ...taken.map(({ size, condo }): [number, number] => [size, medianOf(condo)]),
  ];
  const plot: Plot = { title, kind: "growth", x: of, y: unit, series: [{ name: title, points }] };
  return {
    ...line,
    value: { value: medianOf(last.condo), unit },
    floor: {
      name: `the same with ${inFigures(smallest)} ${of}, of a fleet of its own`,
      value: medianOf(last.floor),
      unit,
    },
    rounds: ratios(last.condo, last.floor),
    unit: "×",
    notes: taken.map(({ size, floor, condo, beside }) => {
      const ratio = medianOf(ratios(condo, floor));
      const cost = `${inFigures(medianOf(condo))} ${unit}`;
      return (
        `${inFigures(size).padStart(10)} ${of}: ${cost.padStart(16)}, ${inFigures(ratio).padStart(5)} × that of ` +
        `${inFigures(smallest)}${beside ? `; ${beside}` : ""}`
      );
    }),
    plots: [plot],
  };
}
