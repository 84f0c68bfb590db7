import assert from "node:assert/strict";
import { after, suite, test } from "node:test";
import { createShaper, ShapeError, transformLimit, transformProblem } from "../src/index.ts";

const json = (value: unknown) => Buffer.from(JSON.stringify(value));

suite("transforms", () => {
  test("are read without being evaluated; what can't be read is told with its place", () => {
    assert.equal(transformProblem('{"id": data.id, "sum": $sum(lines.price)}'), null);
    assert.match(transformProblem("{'a': ") ?? "", /not a JSONata expression/);
    assert.match(transformProblem("$eval('1')") ?? "", /not available/);
    assert.match(transformProblem("a".repeat(transformLimit + 1)) ?? "", /at most/);
    assert.match(transformProblem("(".repeat(transformLimit)) ?? "", /not a JSONata expression/);
    assert.match(transformProblem("") ?? "", /not a JSONata expression/);
  });
});

suite("the shaper", () => {
  const shaper = createShaper({ processes: 1, deadlineMs: 500, outputLimit: 2_000 });
  after(() => shaper.close());

  const refusal = (reason: RegExp) => (error: unknown) =>
    error instanceof ShapeError && reason.test(error.message);

  test("makes a body of the payload and the event", async () => {
    const body = await shaper.shape('{"n": $sum(l.p), "t": $event.type}', json({ l: [{ p: 1 }, { p: 2 }] }), {
      type: "x",
    });
    assert.equal(body.toString(), '{"n":3,"t":"x"}');
  });

  test("says why it can't", async () => {
    await assert.rejects(shaper.shape("a", Buffer.from("a=1"), {}), refusal(/not valid JSON/));
    const deep = Buffer.from("[".repeat(50_000) + "]".repeat(50_000));
    await assert.rejects(shaper.shape("$", deep, {}), refusal(/./));
    await assert.rejects(shaper.shape("**", deep, {}), refusal(/./));
    await assert.rejects(shaper.shape("nowhere", json({}), {}), refusal(/gives nothing/));
    await assert.rejects(shaper.shape("a + 1", json({ a: "x" }), {}), refusal(/./));
    await assert.rejects(shaper.shape("$pad('x', 3000)", json({}), {}), refusal(/more than 2000 bytes/));
    await assert.rejects(shaper.shape("($x := $eval; $x('1'))", json({}), {}), refusal(/not available/));
  });

  test("ends what runs for ever or asks for all memory, refuses it for a while, and serves the others", async () => {
    const bombs: [expression: string, reason: RegExp][] = [
      ["($f := function($n){$f($n + 1)}; $f(0))", /took more than/],
      ["$match('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', /^(a+)+$/)", /took more than/],
      ["[1..10000000]", /too much memory|took more than/],
      [
        "($d := function($s, $n){$n = 0 ? $s : $d($append($s, $s), $n - 1)}; $d([1, 2], 40))",
        /too much memory|took more than/,
      ],
    ];
    for (const [expression, reason] of bombs) {
      const bomb = assert.rejects(shaper.shape(expression, json({}), {}), refusal(reason));
      const other = shaper.shape("a", json({ a: 1 }), {});
      await bomb;
      assert.equal((await other).toString(), "1");
      await assert.rejects(shaper.shape(expression, json({}), {}), refusal(/just now/));
    }
  });

  test("has no way out of the data", async () => {
    const ways = [
      "constructor",
      "constructor.constructor('return process')()",
      "$lookup($, '__proto__')",
      "$sum.constructor",
      "(function($x){$x}).environment",
      "$process",
    ];
    for (const way of ways) await assert.rejects(shaper.shape(way, json({ a: 1 }), {}), ShapeError, way);
    await shaper.shape("$merge([{'__proto__': {'polluted': true}}])", json({}), {});
    await assert.rejects(shaper.shape("$lookup({}, 'polluted')", json({}), {}), refusal(/gives nothing/));
  });

  test("refuses once it is closed, and leaves nobody waiting", async () => {
    const closing = createShaper({ processes: 1 });
    const waiting = Promise.all(
      [1, 2].map(() => assert.rejects(closing.shape("a", json({ a: 1 }), {}), ShapeError)),
    );
    closing.close();
    await waiting;
    await assert.rejects(closing.shape("a", json({ a: 1 }), {}), refusal(/closing/));
  });
});
