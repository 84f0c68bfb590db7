import assert from "node:assert/strict";
import { after, suite, test } from "node:test";
import { createShaper, NotShaped, ShapeError, transformLimit, transformProblem } from "../src/index.ts";

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
  const shape = (expression: string, body: Buffer, event = {}) =>
    shaper.shape({ tenantId: "a", expression, body, event });

  const refusal = (reason: RegExp) => (error: unknown) =>
    error instanceof ShapeError && reason.test(error.message);

  test("makes a body of the payload and the event", async () => {
    const body = await shape('{"n": $sum(l.p), "t": $event.type}', json({ l: [{ p: 1 }, { p: 2 }] }), {
      type: "x",
    });
    assert.equal(body.toString(), '{"n":3,"t":"x"}');
  });

  test("says why it can't", async () => {
    await assert.rejects(shape("a", Buffer.from("a=1")), refusal(/not valid JSON/));
    const deep = Buffer.from("[".repeat(50_000) + "]".repeat(50_000));
    await assert.rejects(shape("$", deep, {}), refusal(/./));
    await assert.rejects(shape("**", deep, {}), refusal(/./));
    await assert.rejects(shape("nowhere", json({})), refusal(/gives nothing/));
    await assert.rejects(shape("a + 1", json({ a: "x" })), refusal(/./));
    await assert.rejects(shape("$pad('x', 3000)", json({})), refusal(/more than 2000 bytes/));
    await assert.rejects(shape("($x := $eval; $x('1'))", json({})), refusal(/not available/));
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
      const bomb = assert.rejects(shape(expression, json({})), refusal(reason));
      const other = shape("a", json({ a: 1 }));
      await bomb;
      assert.equal((await other).toString(), "1");
      await assert.rejects(shape(expression, json({})), refusal(/just now/));
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
    for (const way of ways) await assert.rejects(shape(way, json({ a: 1 })), ShapeError, way);
    await shape("$merge([{'__proto__': {'polluted': true}}])", json({}));
    await assert.rejects(shape("$lookup({}, 'polluted')", json({})), refusal(/gives nothing/));
  });

  /** Never ends; each is another expression, so that none is refused for another. */
  const endless = (n: number) => `($f := function($n){$f($n + 1)}; $f(${n}))`;

  /** One process, whatever it does one after another. */
  function startShaper(options: { deadlineMs?: number; waitMs?: number }) {
    const started = createShaper({ processes: 1, ...options });
    const over: string[] = [];
    return {
      over,
      close: () => started.close(),
      shape: (tenantId: string, expression: string, signal?: AbortSignal) =>
        started
          .shape({ tenantId, expression, body: json({}), event: {}, ...(signal ? { signal } : {}) })
          .then(String)
          .finally(() => over.push(`${tenantId} ${expression}`)),
    };
  }

  test("lets a tenant pass that asks for little beside one whose transforms are slow", async () => {
    const turns = startShaper({ deadlineMs: 500, waitMs: 60_000 });
    const slow = Array.from({ length: 6 }, (_, n) => endless(n));
    const flood = slow.map((expression) => turns.shape("a", expression).catch(() => undefined));
    await Promise.all(["1", "2", "3"].map((expression) => turns.shape("b", expression)));
    assert.deepEqual(
      turns.over.filter((which) => which.startsWith("b")),
      ["b 1", "b 2", "b 3"],
    );
    assert.ok(turns.over.length <= 5, "it waited for the other's line");
    turns.close();
    await Promise.all(flood);
  });

  test("gives up what has no turn in time, and says that it was not evaluated; what has begun goes on", async () => {
    const turns = startShaper({ deadlineMs: 500, waitMs: 1 });
    await assert.rejects(turns.shape("a", "1"), NotShaped);
    const isStarted = () =>
      turns.shape("a", "1").catch((error: unknown) => {
        if (!(error instanceof NotShaped)) throw error;
        return undefined;
      });
    while ((await isStarted()) === undefined);
    const running = assert.rejects(turns.shape("a", endless(0)), refusal(/took more than/));
    await assert.rejects(turns.shape("b", "1"), NotShaped);
    await running;
    turns.close();
  });

  test("ends what its signal ends, waiting or not", async () => {
    const turns = startShaper({ deadlineMs: 60_000, waitMs: 60_000 });
    const limit = new AbortController();
    const ends = ["0", "1"].map((n) =>
      assert.rejects(turns.shape("a", endless(Number(n)), limit.signal), /that is all/),
    );
    limit.abort(new Error("that is all"));
    await Promise.all(ends);
    await assert.rejects(turns.shape("a", "1", limit.signal), /that is all/);
    turns.close();
  });

  test("refuses what waits, too, once its expression had to be killed; another tenant's is its own", async () => {
    const turns = startShaper({ deadlineMs: 500, waitMs: 60_000 });
    const [killed, ...waiting] = Array.from({ length: 20 }, () => turns.shape("a", endless(0)));
    await assert.rejects(killed ?? Promise.resolve(), refusal(/took more than/));
    for (const other of waiting) await assert.rejects(other, refusal(/just now/));
    await assert.rejects(turns.shape("b", endless(0)), refusal(/took more than/));
    turns.close();
  });

  test("tells of a process that can't be made, and makes another for what comes after", async () => {
    const turns = startShaper({ waitMs: 60_000 });
    const { execPath } = process;
    process.execPath = "/nowhere";
    try {
      await assert.rejects(turns.shape("a", "1"), refusal(/did not start/));
    } finally {
      process.execPath = execPath;
    }
    assert.equal(await turns.shape("a", "1"), "1");
    turns.close();
  });

  test("refuses once it is closed, and leaves nobody waiting", async () => {
    const closing = createShaper({ processes: 1 });
    const shaping = { tenantId: "a", expression: "a", body: json({ a: 1 }), event: {} };
    const waiting = Promise.all([1, 2].map(() => assert.rejects(closing.shape(shaping), NotShaped)));
    closing.close();
    await waiting;
    await assert.rejects(closing.shape(shaping), NotShaped);
  });
});
