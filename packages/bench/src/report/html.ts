import type { Line } from "../figure.ts";
import type { Engines, Machine } from "../machine/machine.ts";
import { spreadOf } from "../spread.ts";
import { chart } from "./chart.ts";
import { inFigures, inGoal, isFloorSlower, isMet } from "./table.ts";

export interface Result {
  /** Small and short: nothing to judge by. */
  isQuick: boolean;
  machine: Machine;
  engines: Engines | undefined;
  figures: { id: string; title: string; lines: Line[] }[];
}

const style = `
:root { color-scheme: light dark; --ink: #1c2024; --soft: #60646c; --line: #e4e4e9; --ground: #fff; --card: #f9f9fb;
  --good: #1a7f4b; --bad: #c0362c; --one: #3457d5; --two: #d9822b; }
@media (prefers-color-scheme: dark) { :root { --ink: #edeef0; --soft: #a0a4ab; --line: #34373d; --ground: #111214;
  --card: #18191d; --good: #4cc38a; --bad: #ff8f83; --one: #8ea6ff; --two: #ffb25e; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground); max-width: 70rem;
  margin: 2.5rem auto; padding: 0 1.25rem; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2.5rem 0 .5rem; }
p, li { color: var(--soft); margin: .2rem 0; } ul { padding-left: 1.1rem; margin: .3rem 0; }
table { border-collapse: collapse; width: 100%; margin: 1.5rem 0; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 500; color: var(--soft); } th, td { padding: .45rem .6rem .45rem 0;
  border-bottom: 1px solid var(--line); vertical-align: top; }
td.number, th.number { text-align: right; white-space: nowrap; } .met { color: var(--good); } .missed { color: var(--bad); }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(22rem, 1fr)); gap: 1rem; }
figure { margin: .6rem 0; padding: .8rem; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
figcaption { font-size: .85rem; color: var(--soft); margin-bottom: .3rem; } svg { width: 100%; height: auto; }
svg text { font: 10px system-ui, sans-serif; fill: var(--soft); } svg .grid { stroke: var(--line); }
svg .one { stroke: var(--one); } svg .two { stroke: var(--two); } svg path { fill: none; stroke-width: 1.6; }
svg rect.one { fill: var(--one); } svg rect.two { fill: var(--two); }
`;

/** A page that needs nothing but itself. */
export function htmlOf({ isQuick, machine, engines, figures }: Result): string {
  const rows = figures.flatMap(({ id, lines }) => lines.map((line) => rowOf(id, line)));
  const sections = figures.map(
    ({ id, title, lines }) => `<h2>${escape(id)} · ${escape(title)}</h2>${lines.map(detailOf).join("")}`,
  );
  const kept = engines
    ? [...Object.entries(engines.postgres), ...Object.entries(engines.redis)].map(
        ([name, value]) => `${name} ${value}`,
      )
    : [];
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>How fast Condo is</title><style>${style}</style>
<h1>How fast Condo is</h1>
<p>${machine.cores} cores of ${escape(machine.processor)}, ${machine.memoryGb} GB, Node ${escape(machine.node)},
a write and its fsync ${machine.fsyncMs.median.toFixed(2)} ms (${machine.fsyncMs.least.toFixed(2)}–${machine.fsyncMs.most.toFixed(2)})</p>
<p>${escape(kept.join(" · "))}</p>
${isQuick ? "<p><strong>Taken quickly, to prove that it runs: nothing to judge by.</strong></p>" : ""}
<table><tr><th></th><th>what</th><th class="number">value</th><th class="number">floor</th><th class="number">measure</th>
<th class="number">rounds</th><th class="number">goal</th><th></th></tr>${rows.join("")}</table>
${sections.join("")}</html>
`;
}

function rowOf(id: string, line: Line): string {
  const { median, least, most } = spreadOf(line.rounds);
  const isGood = line.goal && isMet(line.goal, median);
  const mark = line.goal
    ? `<span class="${isGood ? "met" : "missed"}">${isGood ? "met" : "missed"}</span>`
    : "";
  const numbers = [
    `${inFigures(line.value.value)} ${line.value.unit}`,
    line.floor ? `${inFigures(line.floor.value)} ${line.floor.unit}` : "",
    `<strong>${inFigures(median)} ${line.unit}</strong>`,
    `${inFigures(least)}–${inFigures(most)}`,
    line.goal ? inGoal(line.goal, line.unit) : "",
  ];
  const cells = numbers.map((text) => `<td class="number">${text}</td>`).join("");
  return `<tr><td>${escape(id)}</td><td>${escape(line.what)}</td>${cells}<td>${mark}</td></tr>`;
}

function detailOf(line: Line): string {
  const told = [line.how, ...(line.floor ? [`floor: ${line.floor.name}`] : []), ...line.notes];
  if (isFloorSlower(line)) told.push("THE FLOOR IS SLOWER: it is no floor, or the machine was not quiet");
  const plots = (line.plots ?? []).map(
    (plot) => `<figure><figcaption>${escape(plot.title)}</figcaption>${chart(plot)}</figure>`,
  );
  return `<p>${escape(line.what)}</p><ul>${told.map((text) => `<li>${escape(text)}</li>`).join("")}</ul>
<div class="plots">${plots.join("")}</div>`;
}

export function escape(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
