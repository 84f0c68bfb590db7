import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { suite, test } from "node:test";
import { quick } from "../src/options.ts";
import { report } from "../src/report.ts";
import { run } from "../src/run.ts";

suite("chaos", () => {
  test("SIGKILL at random loses nothing that was acknowledged, and what has an order keeps it", async (context) => {
    const seed = randomInt(2 ** 31);
    context.diagnostic(`seed ${seed}`);
    const result = await run({ ...quick, seed, isJson: false, keepsFaulty: false }, () => undefined);
    assert.deepEqual([result.lost, result.wrongs], [[], []], report(result));
    for (const kind of [/^Redis$/, /^Postgres$/, /^worker/, /^webhook-ingest/]) {
      assert.ok(
        Object.keys(result.kills).some((name) => kind.test(name)),
        `${kind} was killed`,
      );
    }
    assert.ok(result.stored > 100 && result.delivered > result.stored, report(result));
    assert.ok(result.deadLettered > 0, "what is refused for good is a dead letter");
  });
});
