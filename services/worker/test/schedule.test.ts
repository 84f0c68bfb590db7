import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { share } from "../src/delivery/crew.ts";
import { wakeTime } from "../src/delivery/queue.ts";
import { createRate } from "../src/delivery/rate.ts";
import { retryDelayMs } from "../src/delivery/schedule.ts";
import { parseRetryAfter } from "../src/delivery/send-http.ts";

const delays = [1_000, 10_000];
const hourMs = 3_600_000;

suite("the schedule", () => {
  test("waits as the schedule says and up to a quarter longer, then it is over", () => {
    assert.equal(retryDelayMs(1, delays, null, "added", 0), 1_000);
    assert.equal(retryDelayMs(2, delays, null, "added", 1), 12_500);
    assert.equal(retryDelayMs(3, delays, null, "added", 0), null);
    assert.equal(retryDelayMs(1, [], 5_000, "added", 0), null);
  });

  test("with full jitter anything up to the schedule's wait, but not at once", () => {
    assert.equal(retryDelayMs(2, delays, null, "full", 0.5), 5_000);
    assert.equal(retryDelayMs(2, delays, null, "full", 0), 500);
  });

  test("a Retry-After puts off and never brings forward, to a cap", () => {
    assert.equal(retryDelayMs(1, delays, 30_000, "added", 0), 30_000);
    assert.equal(retryDelayMs(2, delays, 10, "full", 1), 10_000);
    assert.equal(retryDelayMs(1, delays, 1_000 * hourMs, "added", 0), 24 * hourMs);
  });

  test("Retry-After is read as seconds or a date, and nothing else", () => {
    const now = new Date("2026-01-01T00:00:00Z");
    assert.equal(parseRetryAfter("120", now), 120_000);
    assert.equal(parseRetryAfter("Thu, 01 Jan 2026 00:01:00 GMT", now), 60_000);
    assert.equal(parseRetryAfter("Thu, 01 Jan 1970 00:01:00 GMT", now), 0);
    assert.equal(parseRetryAfter("soon", now), null);
    assert.equal(parseRetryAfter("99999999999999999999", now), null);
    assert.equal(parseRetryAfter(undefined, now), null);
  });

  test("retries of one time share a wake-up, which is never early and little late", () => {
    for (const delay of [1, 50, 5_000, 300_000, 86_400_000]) {
      const at = wakeTime(1_000_000_007, delay);
      const late = at - 1_000_000_007 - delay;
      assert.ok(late >= 0 && late <= Math.max(50, delay / 32), `${late} ms late of ${delay}`);
    }
    const times = new Set(Array.from({ length: 100_000 }, (_, n) => wakeTime(n / 1_000, 300_000)));
    assert.ok(times.size <= 2, `${times.size} jobs`);
  });
});

suite("limits", () => {
  test("the parts of all workers add up to the limit", () => {
    for (const limit of [1, 2, 7, 100]) {
      for (const count of [1, 2, 3, 10]) {
        const parts = Array.from({ length: count }, (_, index) => share(limit, "key", { index, count }));
        assert.equal(
          parts.reduce((sum, part) => sum + part, 0),
          limit,
        );
      }
    }
  });

  test("a rate lets a second's worth through at once, and then one after another", () => {
    let now = 0;
    const rate = createRate(() => now);
    const ask = () => {
      const waitMs = rate.waitMs(5);
      if (waitMs === 0) rate.take();
      return waitMs;
    };
    assert.deepEqual(Array.from({ length: 6 }, ask), [0, 0, 0, 0, 0, 200]);
    now = 200;
    assert.equal(ask(), 0);
    assert.equal(ask(), 200);
  });
});
