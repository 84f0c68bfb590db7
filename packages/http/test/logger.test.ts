import assert from "node:assert/strict";
import { test } from "node:test";
import { RequestLogger } from "../src/request-logger.ts";
import { captureLog } from "./app.ts";

test("secrets are not logged, at the top or below", () => {
  const log = captureLog();
  const fields = { password: "hidden", access_token: "hidden", secret: "hidden", authorization: "hidden" };
  log.logger.info(
    { ...fields, body: fields, request: { headers: { ...fields, cookie: "hidden" } } },
    "hello",
  );
  assert.ok(!log.text().includes("hidden"), log.text());
  const [line] = log.lines();
  assert.ok(line);
  assert.equal(line["msg"], "hello");
  assert.equal((line["body"] as typeof fields).password, "[redacted]");
});

test("an error is logged with its code, its stack and its causes, without what Postgres quotes of rows", () => {
  const log = captureLog();
  const cause = Object.assign(new Error("duplicate key"), {
    code: "23505",
    detail: "Key (email)=(hidden) already exists.",
    where: "hidden",
    parameters: ["hidden"],
  });
  log.logger.error({ err: new Error("can't register", { cause }) }, "failed");
  const [line] = log.lines();
  assert.ok(line);
  const { type, message, stack, code } = line["err"] as Record<string, string>;
  assert.equal(type, "Error");
  assert.match(String(message), /can't register.*duplicate key/);
  assert.match(String(stack), /logger\.test\.ts/);
  assert.equal(code, "23505");
  log.logger.error({ err: cause }, "failed");
  assert.ok(!log.text().includes("hidden"));
});

test("whatever is logged as an error makes a line", () => {
  const log = captureLog();
  const circular = new Error("round");
  circular.cause = circular;
  const thrown = [circular, "text", null, 7, { a: 1 }, new AggregateError([new Error("inner")], "outer")];
  for (const err of thrown) log.logger.error({ err }, "failed");
  assert.equal(log.lines().length, thrown.length);
});

test("a request's logger says whose request it is, hides secrets like any other, and keeps to the level", () => {
  const log = captureLog("info");
  const logger = new RequestLogger(log.logger, { request_id: "r" }).child({ tenant_id: "t" });
  logger.debug("not said");
  logger.warn({ body: { password: "hidden" } }, "said");
  const [line, ...more] = log.lines();
  assert.deepEqual(more, []);
  assert.equal(line?.["request_id"], "r");
  assert.equal(line["tenant_id"], "t");
  assert.equal(line["msg"], "said");
  assert.ok(!log.text().includes("hidden"));
});
