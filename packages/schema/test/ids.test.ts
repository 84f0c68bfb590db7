import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { newId } from "@condo/schema";

const timeOf = (id: string): number => Number.parseInt(id.replace("-", "").slice(0, 12), 16);

suite("ids", () => {
  test("of one process are UUIDv7 that sort strictly by the order in which they were made", () => {
    const made = Array.from({ length: 100_000 }, newId);
    assert.ok(
      made.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)),
    );
    assert.ok(made.every((id, index) => index === 0 || id > (made[index - 1] ?? "")));
  });

  test("carry the time, and go on from the last when the clock is set back", (t) => {
    const now = Date.now() + 60_000;
    t.mock.timers.enable({ apis: ["Date"], now });
    const first = newId();
    assert.equal(timeOf(first), now);
    t.mock.timers.setTime(now - 30_000);
    const second = newId();
    assert.equal(timeOf(second), now);
    assert.ok(second > first);
  });

  test("have nothing in common but the time", () => {
    const tails = Array.from({ length: 10_000 }, () => newId().slice(-12));
    assert.equal(new Set(tails).size, tails.length);
  });
});
