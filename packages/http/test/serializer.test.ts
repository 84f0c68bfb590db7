import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { atEnd } from "@condo/testing";
import { z } from "zod";
import { buildService } from "../src/index.ts";
import { captureLog } from "./app.ts";

interface Thing {
  count: number;
  hidden?: string;
}

/** A service whose one route answers what it is given. */
async function build(answer: () => Thing) {
  const app = await buildService({
    name: "test",
    logger: captureLog().logger,
    trustProxy: [],
    checks: {},
  });
  app.route({
    method: "GET",
    url: "/thing",
    config: { access: "public" },
    schema: { response: { 200: z.object({ count: z.int() }) } },
    handler: async () => answer(),
  });
  atEnd(() => app.close());
  return async () => {
    const { statusCode, headers, body } = await app.inject("/thing");
    return { statusCode, type: headers["content-type"], body };
  };
}

const rightAnswer = { statusCode: 200, type: "application/json; charset=utf-8", body: '{"count":1}' };

suite("an answer", () => {
  test("has what its schema has and no more, the first time and again", async () => {
    const frozen = Object.freeze({ count: 1, hidden: "secret" });
    const ask = await build(() => frozen);
    assert.deepEqual(await ask(), rightAnswer);
    assert.deepEqual(await ask(), rightAnswer);
  });

  test("that is frozen is looked at once", async () => {
    let looks = 0;
    const frozen = Object.freeze({
      get count() {
        looks += 1;
        return 1;
      },
    });
    const ask = await build(() => frozen);
    assert.deepEqual(await ask(), rightAnswer);
    const before = looks;
    assert.deepEqual(await ask(), rightAnswer);
    assert.equal(looks, before);
  });

  test("that may change is looked at each time", async () => {
    const thing = { count: 1 };
    const ask = await build(() => thing);
    assert.equal((await ask()).body, '{"count":1}');
    thing.count = 2;
    assert.equal((await ask()).body, '{"count":2}');
  });

  test("that is not as its schema says is not given, frozen or not, however often it is tried", async () => {
    const frozen = Object.freeze({ count: 0.5 });
    const ask = await build(() => frozen);
    for (let turn = 0; turn < 2; turn++) assert.equal((await ask()).statusCode, 500);
    assert.equal((await (await build(() => ({ count: 0.5 })))()).statusCode, 500);
  });
});
