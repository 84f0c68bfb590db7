import type { Plot } from "../figure.ts";
import { escape } from "./html.ts";
import { inFigures } from "./table.ts";

const [width, height] = [460, 230];
const margin = { left: 52, right: 24, top: 22, bottom: 34 };
const classes = ["one", "two"];
/** Percentiles are drawn by how rare they are: as far from 90 to 99 as from 99 to 99.9. */
const percentiles = [0, 50, 90, 99, 99.9, 99.99];

interface Scale {
  at: (value: number) => number;
  ticks: { at: number; label: string }[];
}

/** A plot as SVG: latencies by percentile, rates by time, costs by size. */
export function chart(plot: Plot): string {
  const points = plot.series.flatMap((series) => series.points);
  if (points.length === 0) return "<p>nothing was measured</p>";
  const [inner, base] = [width - margin.left - margin.right, height - margin.bottom];
  const x = scaleOfX(plot, points, (part) => margin.left + part * inner);
  const y = scaleOfY(plot, points, (part) => base - part * (base - margin.top));

  const grid = y.ticks.map(
    ({ at, label }) =>
      `<line class="grid" x1="${margin.left}" x2="${width - margin.right}" y1="${at}" y2="${at}"/>` +
      `<text x="${margin.left - 6}" y="${at + 3}" text-anchor="end">${label}</text>`,
  );
  const marks = x.ticks.map(
    ({ at, label }) => `<text x="${at}" y="${base + 14}" text-anchor="middle">${label}</text>`,
  );
  const lines = plot.series.map(({ points }, index) => {
    const path = points.map(([px, py]) => `${x.at(px).toFixed(1)},${y.at(py).toFixed(1)}`).join("L");
    return path === "" ? "" : `<path class="${classes[index % 2]}" d="M${path}"/>`;
  });
  const legend = plot.series.map(
    ({ name }, index) =>
      `<rect class="${classes[index % 2]}" x="${margin.left + index * 150}" y="4" width="10" height="10"/>` +
      `<text x="${margin.left + 15 + index * 150}" y="13">${escape(name)}</text>`,
  );
  return (
    `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(plot.title)}">` +
    `${grid.join("")}${marks.join("")}${lines.join("")}${legend.join("")}` +
    `<text x="${margin.left}" y="${height - 4}">${escape(plot.x)}</text>` +
    `<text x="4" y="13">${escape(plot.y)}</text></svg>`
  );
}

type Points = [x: number, y: number][];

function scaleOfX(plot: Plot, points: Points, place: (part: number) => number): Scale {
  if (plot.kind === "latency") {
    const rarity = (percentile: number): number =>
      Math.min(1, -Math.log10(1 - Math.min(percentile, 99.999) / 100) / 5);
    return {
      at: (percentile) => place(rarity(percentile)),
      ticks: percentiles.map((percentile) => ({ at: place(rarity(percentile)), label: String(percentile) })),
    };
  }
  const values = points.map(([x]) => x);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  // Sizes grow by tens.
  const isLogarithmic = plot.kind === "growth" && least > 0 && most / least >= 50;
  return isLogarithmic ? logarithmic(least, most, place) : linear(Math.min(0, least), most, place);
}

function scaleOfY(plot: Plot, points: Points, place: (part: number) => number): Scale {
  const values = points.map(([, y]) => y).filter((value) => value > 0);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return plot.kind === "latency" ? logarithmic(least, most, place) : linear(0, most, place);
}

function linear(least: number, most: number, place: (part: number) => number): Scale {
  const span = most - least || 1;
  const rough = span / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const top = least + Math.ceil(span / step) * step;
  const at = (value: number): number => place((value - least) / (top - least));
  const count = Math.round((top - least) / step) + 1;
  return {
    at,
    ticks: Array.from({ length: count }, (_, index) => least + index * step).map((value) => ({
      at: at(value),
      label: inFigures(value),
    })),
  };
}

function logarithmic(least: number, most: number, place: (part: number) => number): Scale {
  const [low, high] = [
    Math.floor(Math.log10(least)),
    Math.max(Math.ceil(Math.log10(most)), Math.floor(Math.log10(least)) + 1),
  ];
  const at = (value: number): number => place((Math.log10(Math.max(value, 10 ** low)) - low) / (high - low));
  return {
    at,
    ticks: Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index)).map((value) => ({
      at: at(value),
      label: inFigures(value),
    })),
  };
}
