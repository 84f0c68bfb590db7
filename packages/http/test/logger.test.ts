import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { pino } from "pino";
import { GatheringDestination } from "../src/gathering-destination.ts";
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

const limited = { timeout: 20_000 };

/** A log in a file, in a world where no timer ever fires unless it is told to. */
function gatheringLog(context: TestContext) {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const dir = mkdtempSync(join(tmpdir(), "condo-log-"));
  const file = join(dir, "log");
  const fd = openSync(file, "a");
  context.after(() => {
    closeSync(fd);
    rmSync(dir, { recursive: true });
  });
  return {
    logger: pino({ base: null, timestamp: false }, new GatheringDestination(fd)),
    async messages(count: number): Promise<unknown[]> {
      const written = () => readFileSync(file, "utf8").split("\n").filter(Boolean);
      while (written().length < count) await new Promise((resolve) => setImmediate(resolve));
      return written().map((line) => (JSON.parse(line) as { msg: unknown }).msg);
    },
  };
}

test("lines are gathered, and written together a moment later", limited, async (context) => {
  const log = gatheringLog(context);
  log.logger.info("one");
  log.logger.info("two");
  context.mock.timers.tick(20);
  assert.deepEqual(await log.messages(2), ["one", "two"]);
});

test("a warning is written at once, after what was gathered before it", limited, async (context) => {
  const log = gatheringLog(context);
  log.logger.info("one");
  log.logger.warn("two");
  assert.deepEqual(await log.messages(2), ["one", "two"]);
});

test("a flood of lines is not gathered without end", limited, async (context) => {
  const log = gatheringLog(context);
  const long = "x".repeat(1_000);
  for (let line = 0; line < 100; line++) log.logger.info(long);
  assert.ok((await log.messages(60)).every((message) => message === long));
});

test("a line keeps its characters and its place, however long it is", limited, async (context) => {
  const log = gatheringLog(context);
  const long = "€ü😀".repeat(20_000);
  log.logger.info("ä");
  log.logger.info(long);
  log.logger.info("ö");
  context.mock.timers.tick(20);
  assert.deepEqual(await log.messages(3), ["ä", long, "ö"]);
});

test("a process that exits writes what it had gathered", () => {
  const logger = new URL("../src/logger.ts", import.meta.url);
  const { stdout } = spawnSync(process.execPath, [
    "--input-type=module",
    "--eval",
    `import { createLogger } from "${logger.href}";
     const log = createLogger("short", "info");
     for (let line = 0; line < 1000; line++) log.info({ line });
     process.exit(0);`,
  ]);
  assert.equal(String(stdout).split("\n").filter(Boolean).length, 1_000);
});
