import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { getHeapStatistics } from "node:v8";
import { atEnd, eventually } from "@condo/testing";
import { giveMemoryBack, isTimeToCollect } from "../src/give-memory-back.ts";

const megabyte = 1024 * 1024;
const quiet = { busy: 0.01, grown: 40 * megabyte, sinceMs: Infinity };

suite("memory", () => {
  test("is given back when nothing goes on", async () => {
    const held = (): number => getHeapStatistics().total_physical_size;
    const before = held();
    let ballast: object[] = Array.from({ length: 1_000_000 }, (_, number) => ({ number }));
    const full = held();
    assert.ok(full - before > 40 * megabyte, "there is something to give back");
    ballast = [];
    const stop = giveMemoryBack({ debug: () => undefined }, { lookEveryMs: 200 });
    atEnd(async () => stop());
    // The young generation, which has grown to 32 MiB, is shrunk too. V8's own reducer would begin after eight seconds.
    await eventually("it is given back", async () => held() - before < 8 * megabyte, 7_000);
    assert.equal(ballast.length, 0);
  });

  test("is collected in no rush, for something, and seldom", () => {
    assert.equal(isTimeToCollect(quiet), true);
    assert.equal(isTimeToCollect({ ...quiet, busy: 0.2 }), false);
    assert.equal(isTimeToCollect({ ...quiet, grown: 2 * megabyte }), false);
    assert.equal(isTimeToCollect({ ...quiet, sinceMs: 10_000 }), false);
    assert.equal(isTimeToCollect({ ...quiet, sinceMs: 61_000 }), true);
  });
});
