import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { coalesce } from "../src/index.ts";

/** A load that answers when it is told to. */
function heldLoad() {
  const calls: {
    keys: readonly string[];
    answer: (map: Map<string, string>) => void;
    fail: (e: Error) => void;
  }[] = [];
  const load = (keys: readonly string[]) => {
    const { promise, resolve, reject } = Promise.withResolvers<Map<string, string>>();
    calls.push({ keys, answer: resolve, fail: reject });
    return promise;
  };
  return { calls, load };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

suite("coalesce", () => {
  test("questions of a moment share a load, each with its own answer", async () => {
    let loads = 0;
    const find = coalesce<number, number>(async (keys) => {
      loads++;
      await turn();
      return new Map(keys.filter((key) => key % 2 === 0).map((key) => [key, key * 10]));
    });
    const answers = await Promise.all(Array.from({ length: 1_000 }, (_, index) => find(index % 100)));
    assert.deepEqual(
      answers,
      Array.from({ length: 1_000 }, (_, index) => (index % 2 === 0 ? (index % 100) * 10 : undefined)),
    );
    assert.equal(loads, 1);
  });

  test("questions that keep coming are answered with few loads", async () => {
    let loads = 0;
    const find = coalesce<number, number>(async (keys) => {
      loads++;
      for (let waited = 0; waited < 10; waited++) await turn();
      return new Map(keys.map((key) => [key, key]));
    });
    const asked: Promise<number | undefined>[] = [];
    for (let index = 0; index < 1_000; index++) {
      asked.push(find(index));
      if (index % 10 === 0) await turn();
    }
    assert.deepEqual(
      await Promise.all(asked),
      Array.from({ length: 1_000 }, (_, index) => index),
    );
    assert.ok(loads <= 15, `${loads} loads`);
  });

  test("an answer is never older than its question", async () => {
    const { calls, load } = heldLoad();
    const find = coalesce(load);
    const before = find("a");
    await turn();
    assert.equal(calls.length, 1);
    // Asked while the load is under way: what that load saw may be out of date by now.
    const during = find("a");
    await turn();
    assert.equal(calls.length, 1, "one load at a time");
    calls[0]?.answer(new Map([["a", "old"]]));
    assert.equal(await before, "old");
    await turn();
    calls[1]?.answer(new Map([["a", "new"]]));
    assert.equal(await during, "new");
    const after = find("a");
    await turn();
    calls[2]?.answer(new Map());
    assert.equal(await after, undefined, "nothing is remembered");
  });

  test("an error reaches all who asked, and nobody after", async () => {
    const { calls, load } = heldLoad();
    const find = coalesce(load);
    const asked = [find("a"), find("a"), find("b")];
    await turn();
    const later = find("a");
    calls[0]?.fail(new Error("away"));
    for (const result of await Promise.allSettled(asked)) {
      assert.equal(result.status, "rejected");
      assert.match(String(result.reason), /away/);
    }
    await turn();
    calls[1]?.answer(new Map([["a", "back"]]));
    assert.equal(await later, "back");
  });

  test("a load that throws at once is an error as any", async () => {
    let isBroken = true;
    const find = coalesce<string, string>((keys) => {
      if (isBroken) throw new Error("at once");
      return Promise.resolve(new Map(keys.map((key) => [key, key])));
    });
    await assert.rejects(find("a"), /at once/);
    isBroken = false;
    assert.equal(await find("a"), "a");
  });
});
