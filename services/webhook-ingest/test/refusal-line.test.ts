import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { suite, test } from "node:test";
import { createMetrics } from "@condo/http";
import { createRefusalLine, refusalLimits, type RefusalLimits } from "../src/refusal-line.ts";

const limits = {
  perSecond: 10,
  perSecondInAll: 20,
  burst: 2,
  longestMs: 1_000,
  mostOfOne: 100,
  mostInAll: 150,
};

class Connection extends EventEmitter {
  destroyed = false;
}

/** A line whose time stands still until it is told. */
function lineAt(some: Partial<RefusalLimits> = {}) {
  const state = { now: 0 };
  const timers = new Set<{ run: () => void; ms: number }>();
  const line = createRefusalLine(
    createMetrics("test"),
    { ...limits, ...some },
    () => state.now,
    (run, ms) => {
      const timer = { run, ms };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  );
  /** How long a refusal has to wait; 0 for not at all. */
  function waitOf(
    tenantId: string | undefined,
    address = "192.0.2.1",
    connection = new Connection(),
  ): number {
    const turn = line.turn({ tenantId, address, connection });
    return turn === undefined ? 0 : ([...timers].at(-1)?.ms ?? Number.NaN);
  }
  const waits = (count: number, tenantId: string) => Array.from({ length: count }, () => waitOf(tenantId));
  return { line, state, timers, waitOf, waits };
}

suite("the line of refusals", () => {
  test("lets a few out at once and then so many a second, of each by itself", () => {
    const { waits, state } = lineAt();
    assert.deepEqual(waits(5, "a"), [0, 0, 100, 200, 300]);
    assert.deepEqual(waits(2, "b"), [0, 0]);
    state.now = 10_000;
    assert.deepEqual(waits(3, "a"), [0, 0, 100], "patience comes back, and no more of it than there was");
  });

  test("shares what all get between those who wait", () => {
    const { waits } = lineAt();
    for (const tenant of ["a", "b", "c"]) waits(3, tenant);
    const [first = 0, second = 0] = waits(4, "d").slice(-2);
    assert.ok(second - first > 190, "a fifth of a second apart, where one alone would have a tenth");
  });

  test("lets nobody wait longer than that, and spreads those who would", () => {
    const { waits } = lineAt();
    const late = waits(100, "a").slice(20);
    assert.ok(late.every((ms) => ms >= limits.longestMs / 2 && ms <= limits.longestMs));
    assert.ok(new Set(late).size > 60, "not all at one moment");
  });

  test("holds so many of one and so many in all; others go out at once", () => {
    const { line, waits, timers } = lineAt();
    waits(500, "a");
    assert.equal(line.waiting(), limits.mostOfOne);
    assert.equal(waits(1, "a")[0], 0);
    waits(500, "b");
    assert.equal(line.waiting(), limits.mostInAll);
    for (const { run } of timers) run();
    assert.equal(line.waiting(), 0);
    assert.ok((waits(1, "a")[0] ?? 0) > 0);
  });

  test("knows an address where no tenant is known, an IPv6 one by its /64", () => {
    const { waitOf } = lineAt({ burst: 1 });
    assert.equal(waitOf(undefined, "2001:db8::1"), 0);
    assert.equal(waitOf(undefined, "2001:db8::2"), 100);
    assert.equal(waitOf(undefined, "2001:db8:0:1::1"), 0);
    assert.equal(waitOf("a", "2001:db8::1"), 0);
  });

  test("has one place for a connection, which it gives up when it closes", async () => {
    const { line, waitOf, timers } = lineAt({ burst: 1 });
    waitOf("a");
    const connection = new Connection();
    const turn = line.turn({ tenantId: "a", address: "", connection });
    assert.equal(
      waitOf("a", "", connection),
      0,
      "what is sent behind a request that waits does not wait beside it",
    );
    assert.equal(line.waiting(), 1);
    connection.emit("close");
    await turn;
    assert.deepEqual([line.waiting(), timers.size, connection.listenerCount("close")], [0, 0, 0]);
    connection.destroyed = true;
    assert.equal(waitOf("a", "", connection), 0);
  });

  test("ends with all of them", async () => {
    const { line, waitOf, timers } = lineAt();
    const turns = Array.from({ length: 20 }, () =>
      line.turn({ tenantId: "a", address: "", connection: new Connection() }),
    );
    line.end();
    await Promise.all(turns.filter((turn) => turn !== undefined));
    assert.deepEqual([line.waiting(), timers.size, waitOf("a")], [0, 0, 0]);
  });

  test("lets nobody wait for as long as senders do", () => {
    assert.ok(refusalLimits.longestMs <= 5_000);
  });
});
