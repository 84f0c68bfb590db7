import type { Plot } from "../figure.ts";
import { escape } from "./escape.ts";
import { inFigures } from "./in-figures.ts";

const [width, height] = [460, 230];
const margin = { left: 52, right: 24, top: 22, bottom: 34 };
const classes = ["one", "two", "three"];
/** Percentiles are drawn by how rare they are: as far from 90 to 99 as from 99 to 99.9. */
const percentiles = [0, 50, 90, 99, 99.9, 99.99];

const mostMarked = 6;
/** Powers of ten are not exact. */
const rounding = 1 + 1e-9;

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
    ({ at, label }) =>
      `<text x="${at}" y="${base + 14}" text-anchor="${at > width - 2 * margin.right ? "end" : "middle"}">${label}</text>`,
  );
  const lines = plot.series.map(({ points }, index) => {
    const path = points.map(([px, py]) => `${x.at(px).toFixed(1)},${y.at(py).toFixed(1)}`).join("L");
    return path === "" ? "" : `<path class="${classOf(index)}" d="M${path}"/>`;
  });
  const legend = plot.series.map(
    ({ name }, index) =>
      `<rect class="${classOf(index)}" x="${margin.left + index * 150}" y="4" width="10" height="10"/>` +
      `<text x="${margin.left + 15 + index * 150}" y="13">${escape(name)}</text>`,
  );
  const dots = plot.series.flatMap(({ points }, index) =>
    marked(plot, points).map(([px, py]) => {
      // The lowest line's values stand below it, out of the way of the one above.
      const isBelow = index > 0 && index === plot.series.length - 1;
      return dotOf(classOf(index), x.at(px), y.at(py), inFigures(py), isBelow);
    }),
  );
  return (
    `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(plot.title)}">` +
    `${grid.join("")}${marks.join("")}${lines.join("")}${dots.join("")}${legend.join("")}` +
    `<text x="${margin.left}" y="${height - 4}">${escape(plot.x)}</text>` +
    `<text x="4" y="13">${escape(plot.y)}</text></svg>`
  );
}

function classOf(index: number): string {
  return classes[index % classes.length] ?? "";
}

function dotOf(name: string, x: number, y: number, value: string, isBelow: boolean): string {
  return (
    `<circle class="${name}" cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="2.5"/>` +
    `<text class="value" x="${x.toFixed(1)}" y="${(isBelow ? y + 12 : y - 6).toFixed(1)}" text-anchor="middle">${value}</text>`
  );
}

/** The points whose values are written beside them: each size, and the percentiles that goals are about. */
function marked({ kind }: Plot, points: Points): Points {
  if (kind === "growth") return points.length > mostMarked ? [] : points;
  if (kind !== "latency") return [];
  return [50, 99].flatMap((percentile): Points => {
    const point = points.find(([at]) => at >= percentile);
    return point ? [[percentile, point[1]]] : [];
  });
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
  const decades = Math.log10(most / least);
  const steps = decades < 2 ? [1, 2, 5] : [1];
  const first = Math.floor(Math.log10(least));
  const all = Array.from({ length: Math.ceil(decades) + 3 }, (_, index) =>
    steps.map((step) => step * 10 ** (first + index)),
  ).flat();
  const low = all.findLast((value) => value <= least * rounding) ?? least;
  const high = all.find((value) => value >= most / rounding && value > low) ?? most;
  const at = (value: number): number =>
    place(Math.log10(Math.max(value, low) / low) / Math.log10(high / low));
  return {
    at,
    ticks: all
      .filter((value) => value >= low && value <= high)
      .map((value) => ({ at: at(value), label: inFigures(value) })),
  };
}
