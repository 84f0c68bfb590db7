import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createMetrics } from "@condo/http";
import { createFairLine } from "../src/fair-line.ts";

const limits = { ofOne: 2, inAll: 5, step: 3, lookMs: 10 };
const unitBytes = 16 * 1024;

/** A line whose event loop is as idle as the test says. */
function lineAt() {
  const state = { now: 0, idle: 0 };
  const looks: (() => void)[] = [];
  const line = createFairLine(createMetrics("test"), limits, {
    now: () => state.now,
    idle: () => state.idle,
    later: (run, ms) => {
      assert.equal(ms, limits.lookMs);
      looks.push(run);
    },
  });
  const begun: string[] = [];
  const ends = new Map<string, () => void>();

  /** Runs something that ends when the test says so. */
  function add(tenantId: string, name: string, bytes = 0): Promise<void> {
    return line.run(tenantId, bytes, () => {
      begun.push(name);
      return new Promise((resolve) => ends.set(name, resolve));
    });
  }

  async function end(...names: string[]): Promise<void> {
    for (const name of names) ends.get(name)?.();
    await settled();
  }

  async function look(idleMs: number): Promise<void> {
    state.now += limits.lookMs;
    state.idle += idleMs;
    assert.ok(looks.length <= 1, "one look at a time");
    looks.shift()?.();
    await settled();
  }

  return { line, add, end, look, looks, begun };
}

/** What was let in by what has ended has begun. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await nextTurn();
}

suite("the line of webhooks", () => {
  test("holds what is past a tenant's share, in its order, and nothing of another's", async () => {
    const { line, add, end, begun } = lineAt();
    for (const name of ["a1", "a2", "a3", "a4"]) void add("a", name);
    void add("b", "b1");
    assert.deepEqual(begun, ["a1", "a2", "b1"]);
    assert.equal(line.waiting(), 2);
    const ended = end("a2");
    for (let step = 0; step < 10; step++) await Promise.resolve();
    void add("a", "a5");
    await ended;
    assert.deepEqual(begun.slice(3), ["a3"], "a place that is free goes to who waits");
    await end("a1", "a3");
    assert.deepEqual(begun.slice(4), ["a4", "a5"]);
    assert.equal(line.waiting(), 0);
  });

  test("lets those who wait take turns when there is no place for all", async () => {
    const { add, end, begun } = lineAt();
    for (const tenant of ["a", "b", "c"]) for (const n of [1, 2, 3, 4]) void add(tenant, `${tenant}${n}`);
    assert.deepEqual(begun, ["a1", "a2", "b1", "b2", "c1"]);
    await end("a1", "a2", "b1");
    assert.deepEqual(begun.slice(5), ["a3", "b3", "c2"]);
    await end("a3", "b2", "b3");
    assert.deepEqual(begun.slice(8), ["a4", "b4"], "c has its share");
  });

  test("counts a large body for several, and never for the places of others", async () => {
    const { add, end, begun } = lineAt();
    void add("a", "a1", unitBytes);
    void add("a", "a2");
    assert.deepEqual(begun, ["a1"], "two units are a tenant's share");
    void add("b", "huge", 1_000 * unitBytes);
    void add("b", "b2");
    void add("c", "c1");
    assert.deepEqual(begun, ["a1", "huge", "c1"]);
    await end("a1", "huge");
    assert.deepEqual(begun.slice(3), ["a2", "b2"]);
  });

  test("lets more in while the event loop has nothing to do, and takes that back when it has", async () => {
    const { line, add, end, look, looks, begun } = lineAt();
    for (let n = 0; n < 20; n++) void add("a", `a${n}`);
    await look(4);
    assert.equal(begun.length, 2, "busy for more than half of the time");
    await look(6);
    assert.equal(begun.length, 5);
    await look(10);
    assert.equal(begun.length, 8);
    await look(0);
    await end(...begun.slice(0, 6));
    assert.equal(begun.length, 8, "two are under way still");
    await end("a6");
    assert.equal(begun.length, 9);
    for (let n = 0; n < 20; n++) await end(`a${n}`);
    assert.equal(line.waiting(), 0);
    await look(10);
    assert.equal(looks.length, 0, "nobody waits, so nobody looks");
    for (let n = 20; n < 25; n++) void add("a", `a${n}`);
    assert.equal(line.waiting(), 3, "what an idle time gave is over with it");
  });

  test("gives a place back when the work fails", async () => {
    const { line, add, begun } = lineAt();
    const failing = () => Promise.reject(new Error("away"));
    const failed = [1, 2].map(() => assert.rejects(line.run("a", 0, failing), /away/));
    const last = add("a", "last");
    await Promise.all(failed);
    await settled();
    assert.deepEqual(begun, ["last"]);
    void last;
  });
});
