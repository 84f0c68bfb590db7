import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { createTurns } from "../src/turns.ts";

const mostMs = 100;

/** Adds so many of each tenant, in this order. */
function inLine(counts: Record<string, number>) {
  const turns = createTurns<{ tenantId: string; n: number }>(mostMs);
  const add = (tenantId: string, count: number) => {
    for (let n = 0; n < count; n++) turns.add({ tenantId, n });
  };
  for (const [tenantId, count] of Object.entries(counts)) add(tenantId, count);
  /** One after another, as long as they take; none when there is none. */
  const run = (count: number, tookMs: Record<string, number>) =>
    Array.from({ length: count }, () => {
      const item = turns.next();
      if (item) turns.end(item, tookMs[item.tenantId] ?? 1);
      return item?.tenantId ?? "-";
    }).join("");
  return { turns, add, run };
}

suite("turns", () => {
  test("go round between tenants that take the same, each in its order", () => {
    const { turns, run } = inLine({ a: 100, b: 2, c: 3 });
    assert.equal(run(8, {}), "abcabcac");
    assert.equal(turns.next()?.n, 3);
  });

  test("are of time: who takes little goes until it has had as much", () => {
    const { run } = inLine({ a: 3, b: 100 });
    assert.equal(run(13, { a: 50, b: 10 }), "abbbbbabbbbba");
  });

  test("count what is under way as if it took as long as it may", () => {
    const { turns } = inLine({ a: 3, b: 3 });
    assert.deepEqual(
      [1, 2, 3, 4].map(() => turns.next()?.tenantId),
      ["a", "b", "a", "b"],
    );
  });

  test("come to a newcomer next, and no more of them than to the others after that", () => {
    const { add, run } = inLine({ a: 100 });
    assert.equal(run(5, { a: 50 }), "aaaaa");
    add("b", 100);
    assert.equal(run(8, { a: 50, b: 50 }), "babababa");
  });

  test("pass over what was taken out; with nobody in line nothing is remembered", () => {
    const { turns, add, run } = inLine({ a: 1, b: 1 });
    const first = { tenantId: "c", n: 0 };
    turns.add(first);
    assert.equal(turns.remove(first), true);
    assert.equal(turns.remove(first), false);
    assert.equal(run(3, { a: 100 }), "ab-");
    assert.equal(turns.isAwaited(), false);
    add("a", 1);
    add("b", 1);
    assert.equal(turns.isAwaited(), true);
    assert.equal(run(2, {}), "ab");
    add("a", 2);
    assert.equal(turns.clear().length, 2);
    assert.equal(run(1, {}), "-");
  });
});
