import assert from "node:assert/strict";
import { test } from "node:test";
import type { Line } from "../src/figure.ts";
import { htmlOf } from "../src/report/html.ts";
import { inFigures } from "../src/report/in-figures.ts";
import type { Result } from "../src/report/result.ts";
import { tableOf } from "../src/report/table.ts";
import { doubtsOf } from "../src/report/verdict.ts";
import { spreadOf } from "../src/spread.ts";

const line: Line = {
  what: "<b>things</b> of which there is more to say than a row of the table has room for, and then more",
  value: { value: 12_345, unit: "events/s" },
  floor: { name: "the least", value: 10_000, unit: "events/s", isLeast: true },
  rounds: [0.723, 0.615, 0.677],
  unit: "×",
  goal: { atLeast: 0.6 },
  how: "as it is",
  notes: ["a note ".repeat(40)],
  loadCores: 0.4,
  plots: [
    {
      title: "by size",
      kind: "growth",
      x: "rows",
      y: "ms",
      series: [
        {
          name: "a",
          points: [
            [10, 1],
            [100_000, 2],
          ],
        },
      ],
    },
    {
      title: "by rarity",
      kind: "latency",
      x: "percentile",
      y: "ms",
      series: [
        {
          name: "a",
          points: [
            [0, 0.1],
            [100, 9],
          ],
        },
      ],
    },
    { title: "nothing", kind: "throughput", x: "s", y: "req/s", series: [] },
  ],
};
const timed: Line = { ...line, rounds: [12, 14], unit: "ms", ratios: [3, 4], goal: { atMost: 13 } };

function resultOf(...lines: Line[]): Result {
  return {
    isQuick: false,
    machine: {
      cores: 2,
      processor: "<x>",
      memoryGb: 1,
      system: "Linux",
      node: "v1",
      takenAt: "2026-01-02T03:04:05Z",
      loadAverage: 0.1,
      fsyncMs: spreadOf([1]),
    },
    engines: { services: { NODE_ENV: "production" }, postgres: { fsync: "on" }, redis: {} },
    beside: "floor",
    figures: [{ id: "P1", title: "t", lines }],
    failed: [{ id: "P9", reason: "<i>no memory</i>" }],
  };
}

test("a floor that is slower than what stands on it is pointed out, whichever way the figure goes", () => {
  const isDoubted = (line: Line): boolean => doubtsOf(line).some((doubt) => doubt.includes("FLOOR"));
  assert.equal(isDoubted(line), false);
  assert.equal(isDoubted({ ...line, rounds: [1.3, 1.2] }), true);
  assert.equal(isDoubted(timed), false);
  assert.equal(isDoubted({ ...timed, ratios: [0.9, 0.8] }), true);
});

test("a load that had its core to the full is pointed out, and the row is marked", () => {
  const busy = resultOf({ ...line, loadCores: 0.97 });
  assert.match(tableOf(busy), /✓\?\n[^]*THE LOAD MAY BE WHAT LIMITS/);
  assert.match(htmlOf(busy), /doubtful/);
  assert.doesNotMatch(tableOf(resultOf(line)), /LIMITS|\?/);
  assert.doesNotMatch(htmlOf(resultOf(line)), /doubtful/);
});

test("a row tells figure, floor, ratio, spread and goal, and no line is wider than a terminal", () => {
  const text = tableOf(resultOf(line, timed));
  assert.match(text, /12\s300 events\/s +10\s000 events\/s +0\.677 × +0\.615–0\.723 × +≥ 0\.6 +✓\n/);
  assert.match(text, /3\.5 × +12–14 ms +≤ 13 ms +✓\n/);
  assert.match(text, /floor: the least/);
  assert.ok(text.split("\n").every((row) => row.length <= 120));
  // What both have in common is told once.
  assert.equal(text.match(/as it is/g)?.length, 1);
});

test("a quick run judges nothing", () => {
  const quick = { ...resultOf(line, timed), isQuick: true };
  assert.doesNotMatch(tableOf(quick), /[✓✗]/);
  assert.doesNotMatch(htmlOf(quick), /goals met|>met<|>missed</);
  assert.match(htmlOf(resultOf(line)), /1 of 1 goals met[^]*>met</);
});

test("the report needs nothing from elsewhere, takes names for text, and draws no nonsense", () => {
  const page = htmlOf(resultOf(line));
  assert.doesNotMatch(page, /<(b|x|i)[>&]|src=|href="[^#]|@import|url\(/);
  assert.doesNotMatch(page, /NaN|Infinity|undefined/);
  assert.match(page, /P9 could not be taken/);
  assert.equal(page.match(/<svg/g)?.length, 2);
});

test("figures have three digits that mean something, and spreads their middle", () => {
  assert.equal(inFigures(12_345), "12\u00a0300");
  assert.equal(inFigures(0.123_45), "0.123");
  assert.deepEqual(spreadOf([3, 1, 2, 10]), { median: 2.5, least: 1, most: 10 });
});
