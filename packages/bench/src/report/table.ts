import type { Goal, Line } from "../figure.ts";
import type { Engines, Machine } from "../machine/machine.ts";
import { spreadOf } from "../spread.ts";

/** Three significant figures, with a space between thousands. */
export function inFigures(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (Math.abs(value) < 1_000) return String(Number(value.toPrecision(3)));
  return String(Number(value.toPrecision(3))).replaceAll(/\B(?=(\d{3})+$)/g, " ");
}

export function inGoal({ atLeast, atMost }: Goal, unit: string): string {
  const suffix = unit === "×" ? "" : ` ${unit}`;
  return atLeast === undefined ? `≤ ${atMost}${suffix}` : `≥ ${atLeast}${suffix}`;
}

export function isMet({ atLeast = -Infinity, atMost = Infinity }: Goal, value: number): boolean {
  return value >= atLeast && value <= atMost;
}

/** A floor does less than Condo: where it comes out behind, the ratio says nothing. */
export function isFloorSlower(line: Line): boolean {
  return line.floor?.isLeast === true && spreadOf(line.rounds).median > 1;
}

/** The figures for a terminal: a row each, and below it how it was taken. */
export function tableOf(taken: readonly { id: string; lines: readonly Line[] }[]): string {
  const rows = taken.flatMap(({ id, lines }) =>
    lines.map((line) => ({ id, line, cells: cellsOf(id, line) })),
  );
  const heads = ["", "what", "Condo", "floor", "measure", "spread", "goal", ""];
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...rows.map(({ cells }) => cells[column]?.length ?? 0)),
  );
  const inRow = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  const indent = "".padEnd((widths[0] ?? 0) + 4);
  const text = [inRow(heads)];
  for (const { line, cells } of rows) {
    text.push(inRow(cells), indent + line.how);
    if (line.floor) text.push(`${indent}floor: ${line.floor.name}`);
    text.push(...line.notes.map((note) => indent + note));
    if (isFloorSlower(line))
      text.push(`${indent}THE FLOOR IS SLOWER: it is no floor, or the machine was not quiet`);
  }
  return text.join("\n");
}

function cellsOf(id: string, line: Line): string[] {
  const { median, least, most } = spreadOf(line.rounds);
  return [
    id,
    line.what,
    `${inFigures(line.value.value)} ${line.value.unit}`,
    line.floor ? `${inFigures(line.floor.value)} ${line.floor.unit}` : "",
    `${inFigures(median)} ${line.unit}`,
    `${inFigures(least)}–${inFigures(most)}`,
    line.goal ? inGoal(line.goal, line.unit) : "",
    line.goal ? (isMet(line.goal, median) ? "✓" : "✗") : "",
  ];
}

/** What the figures were taken on, in two lines. */
export function introOf({ machine, engines }: { machine: Machine; engines: Engines | undefined }): string {
  const { median, least, most } = machine.fsyncMs;
  const told = [
    `${machine.cores} cores of ${machine.processor}, ${machine.memoryGb} GB, Node ${machine.node}, ` +
      `a write and its fsync ${median.toFixed(2)} ms (${least.toFixed(2)}–${most.toFixed(2)})`,
  ];
  if (engines) {
    const settings = [...Object.entries(engines.postgres), ...Object.entries(engines.redis)];
    told.push(settings.map(([name, value]) => `${name} ${value}`).join(", "));
  }
  return told.join("\n");
}
