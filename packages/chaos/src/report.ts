import type { Result } from "./run.ts";

const shownAtMost = 40;

/** The account for a person to read. */
export function report(result: Result): string {
  const counts = (of: Record<string, number>) =>
    Object.entries(of)
      .map(([name, count]) => `${count} × ${name}`)
      .join(", ");
  const rows: [string, number, string][] = [
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
    `seed ${result.seed}; killed ${counts(result.kills)}`,
    `met: ${counts(result.met)}`,
    ...rows.map(([name, count, more]) =>
      `${name.padEnd(14)} ${String(count).padStart(8)}  ${more}`.trimEnd(),
    ),
    ...listed("LOST", result.lost),
    ...listed("WRONG", result.wrongs),
    ...(result.keptIn === null ? [] : [`engines' data and logs are in ${result.keptIn}`]),
  ];
  return `${lines.join("\n")}\n`;
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
