import type { Goal, Line } from "../figure.ts";
import { spreadOf } from "../spread.ts";
import { inFigures } from "./in-figures.ts";
import type { Result } from "./result.ts";
import { doubtsOf, ratioOf, verdictOf } from "./verdict.ts";
import { wrapped } from "./wrapped.ts";

/** Of a terminal, in characters. */
const tableWidth = 120;
const gap = "  ";
const whatColumn = 1;

export function inGoal({ atLeast, atMost }: Goal, unit: string): string {
  const suffix = unit === "×" ? "" : ` ${unit}`;
  return atLeast === undefined ? `≤ ${atMost}${suffix}` : `≥ ${atLeast}${suffix}`;
}

export function inSpread({ rounds, unit }: Line): string {
  const { least, most } = spreadOf(rounds);
  return rounds.length === 1 ? "one round" : `${inFigures(least)}–${inFigures(most)} ${unit}`;
}

export function inRatio(line: Line): string {
  const ratio = ratioOf(line);
  return ratio === undefined ? "" : `${inFigures(ratio)} ×`;
}

/** How lines of a figure were taken, and what a reader has to know to believe them; what holds for several, once. */
export function toldOfEach(lines: readonly Line[], beside: string): string[][] {
  const known = new Set<string>();
  return lines.map((line) => {
    const told = toldOf(line, beside).filter((text) => !known.has(text));
    for (const text of told) known.add(text);
    return told;
  });
}

function toldOf(line: Line, beside: string): string[] {
  const load =
    line.loadCores === undefined ? [] : [`the load used ${line.loadCores.toFixed(2)} of a core at most`];
  return [line.how, ...(line.floor ? [`${beside}: ${line.floor.name}`] : []), ...line.notes, ...load];
}

/** The figures for a terminal: a row each, and below it how it was taken. */
export function tableOf({
  figures,
  beside,
  isQuick,
}: Pick<Result, "figures" | "beside" | "isQuick">): string {
  const heads = ["", "what", "Condo", beside, "ratio", "spread", "goal", ""];
  const rows = figures.flatMap(({ id, lines }) => {
    const told = toldOfEach(lines, beside);
    return lines.map((line, index) => ({
      line,
      told: told[index] ?? [],
      cells: cellsOf(id, line, isQuick),
    }));
  });
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...rows.map(({ cells }) => cells[column]?.length ?? 0)),
  );
  const others = widths.reduce(
    (sum, width, column) => sum + gap.length + (column === whatColumn ? 0 : width),
    0,
  );
  widths[whatColumn] = Math.min(widths[whatColumn] ?? 0, tableWidth - others);

  const inRow = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column > whatColumn && column < cells.length - 1 ? cell.padStart(width) : cell.padEnd(width);
      })
      .join(gap)
      .trimEnd();
  const indent = "".padEnd((widths[0] ?? 0) + gap.length);
  const below = (text: string, mark: string): string[] => {
    const start = `${indent}${mark} `;
    return wrapped(text, tableWidth - start.length).map((part, index) =>
      index === 0 ? start + part : "".padEnd(start.length) + part,
    );
  };
  const text = [inRow(heads)];
  for (const { line, told, cells } of rows) {
    const [first = "", ...more] = wrapped(line.what, widths[whatColumn] ?? 0);
    text.push(inRow(cells.with(whatColumn, first)), ...more.map((part) => indent + part));
    text.push(...told.flatMap((one) => below(one, "·")));
    text.push(...doubtsOf(line).flatMap((doubt) => below(doubt, "!")));
  }
  return text.join("\n");
}

function cellsOf(id: string, line: Line, isQuick: boolean): string[] {
  const mark = { met: "✓", missed: "✗", none: "" }[verdictOf(line, isQuick) ?? "none"];
  return [
    id,
    line.what,
    `${inFigures(line.value.value)} ${line.value.unit}`,
    line.floor ? `${inFigures(line.floor.value)} ${line.floor.unit}` : "",
    inRatio(line),
    inSpread(line),
    line.goal ? inGoal(line.goal, line.unit) : "",
    doubtsOf(line).length > 0 ? `${mark}?` : mark,
  ];
}
