import type { Line } from "../figure.ts";
import { chart } from "./chart.ts";
import { escape } from "./escape.ts";
import { inFigures } from "./in-figures.ts";
import { introOf } from "./intro.ts";
import type { Result } from "./result.ts";
import { style } from "./style.ts";
import { inGoal, inRatio, inSpread, toldOfEach } from "./table.ts";
import { doubtsOf, verdictOf } from "./verdict.ts";

/** A page that needs nothing but itself. */
export function htmlOf(result: Result): string {
  const { isQuick, figures, failed, beside } = result;
  const rows = figures.flatMap(({ id, lines }) => lines.map((line) => rowOf(id, line, isQuick)));
  const sections = figures.map(({ id, title, lines }) => {
    const told = toldOfEach(lines, beside);
    const details = lines.map((line, index) => detailOf(line, told[index] ?? []));
    return `<section id="${escape(id)}"><h2><span>${escape(id)}</span> ${escape(title)}</h2>${details.join("")}</section>`;
  });
  const failures = failed.map(
    ({ id, reason }) => `<p class="doubt">${escape(id)} could not be taken: ${escape(reason)}</p>`,
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>How fast Condo is</title><style>${style}</style>
<header><h1>How fast Condo is</h1>
${isQuick ? '<p class="doubt">Taken quickly, to prove that it runs: nothing to judge by.</p>' : ""}${failures.join("")}
<details><summary>${escape(summaryOf(result))}</summary>
${introOf(result)
  .map((text) => `<p>${escape(text)}</p>`)
  .join("")}</details></header>
<div class="wide"><table><thead><tr><th></th><th></th><th>what</th><th class="number">Condo</th><th class="number">${beside}</th>
<th class="number">ratio</th><th class="number">spread</th><th class="number">goal</th></tr></thead>
<tbody>${rows.join("")}</tbody></table></div>
${sections.join("")}</html>
`;
}

function summaryOf({ isQuick, machine, figures }: Result): string {
  const verdicts = figures.flatMap(({ lines }) => lines.flatMap((line) => verdictOf(line, isQuick) ?? []));
  const met = verdicts.filter((verdict) => verdict === "met").length;
  const goals = isQuick ? "" : `${met} of ${verdicts.length} goals met, `;
  return `${goals}on ${machine.cores} cores of ${machine.processor}, ${machine.takenAt.slice(0, 10)}`;
}

function rowOf(id: string, line: Line, isQuick: boolean): string {
  const numbers = [
    `<strong>${inFigures(line.value.value)}</strong> ${escape(line.value.unit)}`,
    line.floor ? `${inFigures(line.floor.value)} ${escape(line.floor.unit)}` : "",
    inRatio(line),
    escape(inSpread(line)),
    line.goal ? escape(inGoal(line.goal, line.unit)) : "",
  ];
  const cells = numbers.map((text) => `<td class="number">${text}</td>`).join("");
  const link = `<a href="#${escape(id)}">${escape(id)}</a>`;
  return `<tr><td>${link}</td><td>${markOf(line, isQuick)}</td><td>${escape(line.what)}</td>${cells}</tr>`;
}

function markOf(line: Line, isQuick: boolean): string {
  const verdict = verdictOf(line, isQuick);
  const doubt = doubtsOf(line).length > 0 ? '<span class="doubt">doubtful</span>' : "";
  return [verdict && `<span class="${verdict}">${verdict}</span>`, doubt].filter(Boolean).join(" ");
}

function detailOf(line: Line, told: readonly string[]): string {
  const items = told.map((text) => `<li>${escape(text)}</li>`);
  const doubts = doubtsOf(line).map((text) => `<li class="doubt">${escape(text)}</li>`);
  const plots = (line.plots ?? []).map(
    (plot) => `<figure><figcaption>${escape(plot.title)}</figcaption>${chart(plot)}</figure>`,
  );
  return `<h3>${escape(line.what)}</h3><ul>${items.join("")}${doubts.join("")}</ul>
${plots.length > 0 ? `<div class="plots">${plots.join("")}</div>` : ""}`;
}
