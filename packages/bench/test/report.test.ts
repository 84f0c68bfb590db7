import assert from "node:assert/strict";
import { test } from "node:test";
import type { Line } from "../src/figure.ts";
import { htmlOf } from "../src/report/html.ts";
import { inFigures, tableOf } from "../src/report/table.ts";
import { spreadOf } from "../src/spread.ts";

const line: Line = {
  what: "<b>things</b>",
  value: { value: 12_345, unit: "req/s" },
  floor: { name: "the least", value: 10_000, unit: "req/s", isLeast: true },
  rounds: [1.3, 1.2, 1.25],
  unit: "×",
  goal: { atLeast: 0.6 },
  how: "as it is",
  notes: [],
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

test("a floor that is slower than what stands on it is pointed out", () => {
  assert.match(tableOf([{ id: "P1", lines: [line] }]), /THE FLOOR IS SLOWER/);
  assert.doesNotMatch(tableOf([{ id: "P1", lines: [{ ...line, rounds: [0.9] }] }]), /THE FLOOR IS SLOWER/);
});

test("the report needs nothing from elsewhere, takes names for text, and draws no nonsense", () => {
  const machine = { cores: 2, processor: "<x>", memoryGb: 1, node: "v1", fsyncMs: spreadOf([1]) };
  const page = htmlOf({
    isQuick: true,
    machine,
    engines: undefined,
    figures: [{ id: "P1", title: "t", lines: [line] }],
  });
  assert.doesNotMatch(page, /<b>|<x>|src=|href=|@import|url\(/);
  assert.doesNotMatch(page, /NaN|Infinity|undefined/);
  assert.equal(page.match(/<svg/g)?.length, 2);
});

test("figures have three digits that mean something, and spreads their middle", () => {
  assert.equal(inFigures(12_345), "12 300");
  assert.equal(inFigures(0.123_45), "0.123");
  assert.deepEqual(spreadOf([3, 1, 2, 10]), { median: 2.5, least: 1, most: 10 });
});
