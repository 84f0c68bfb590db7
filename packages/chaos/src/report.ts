import type { Result } from "./run.ts";

const shownAtMost = 40;
const widest = 118;

/** The account for a person to read. */
export function report(result: Result): string {
  const counts = (of: Record<string, number>) =>
    Object.entries(of)
      .map(([name, count]) => `${count} × ${name}`)
      .join(", ");
  const rows: [name: string, count: number | "", more: string][] = [
    ["killed", sum(result.kills), counts(result.kills)],
    ["met", "", counts(result.met)],
    ["sent", result.sent, counts(result.outcomes)],
    ["acknowledged", result.acknowledged, `ids; ${result.duplicates} answers said duplicate`],
    ["stored", result.stored, `events; ${result.aliases} more ids stand for one of them`],
    ["delivered", result.delivered, `and ${result.repeats} repetitions`],
    ["dead-lettered", result.deadLettered, ""],
    ["told", result.told, "domain events"],
    ["malformed", sum(result.malformed), `${counts(result.malformed)}; ${result.malformedAcknowledged} ids`],
    ["lost", result.lost.length, ""],
  ];
  const lines = [
    `seed ${result.seed}`,
    ...rows.flatMap(([name, count, more]) =>
      folded(`${name.padEnd(14)} ${String(count).padStart(8)}  `, more),
    ),
    ...listed("LOST", result.lost),
    ...listed("WRONG", result.wrongs),
    ...(result.keptIn === null ? [] : [`engines' data and logs are in ${result.keptIn}`]),
  ];
  return `${lines.join("\n")}\n`;
}

/** A line, or several, that break after a comma and stand below one another. */
function folded(start: string, text: string): string[] {
  const lines = [start];
  for (const part of text.split(/(?<=,) /)) {
    const last = lines.at(-1) ?? "";
    const isFirst = last.length === start.length;
    if (isFirst || last.length + part.length < widest)
      lines[lines.length - 1] = last + (isFirst ? "" : " ") + part;
    else lines.push(" ".repeat(start.length) + part);
  }
  return lines.map((line) => line.trimEnd());
}

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

function listed(title: string, items: readonly string[]): string[] {
  const rest = items.length - shownAtMost;
  return [
    ...items.slice(0, shownAtMost).map((item) => `${title}: ${item}`),
    ...(rest > 0 ? [`${title}: and ${rest} more`] : []),
  ];
}
