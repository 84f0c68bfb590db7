import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { explain } from "../src/problem.ts";
import { createService } from "../src/service.ts";
import { openServiceLog } from "../src/service-log.ts";

const dir = mkdtempSync(join(tmpdir(), "condo-service-"));
after(() => rmSync(dir, { recursive: true }));
const fullDisk = "/dev/full";
const skip = existsSync(fullDisk) ? false : `needs ${fullDisk}`;

test("a service that can't be made a process says so each time, and there is nothing to stop", async () => {
  const service = createService({
    name: "worker",
    code: join(dir, "nowhere"),
    script: "server.ts",
    port: 1,
    env: {},
    log: openServiceLog(dir, "worker", () => undefined, false),
    onChange: () => undefined,
    onDeath: () => undefined,
  });
  for (let times = 0; times < 2; times++) {
    await assert.rejects(service.start(), /^SetupProblem: worker ended while it started \(spawn .* ENOENT\)/);
  }
  assert.equal(service.pid, undefined);
  await service.stop();
});

test("a log on a full disk is told of, and takes nobody down", { skip, timeout: 10_000 }, async () => {
  mkdirSync(join(dir, "logs"), { recursive: true });
  symlinkSync(fullDisk, join(dir, "logs/tenant-api.log"));
  const { promise, resolve } = Promise.withResolvers<string>();
  const log = openServiceLog(dir, "tenant-api", resolve, false);
  log.take('{"level":"info","msg":"request"}');
  assert.match(await promise, /^tenant-api +its log can't be written: ENOSPC/);
  log.take('{"level":"info","msg":"another"}');
  assert.equal(log.tail().length, 2);
});

test("a disk that is full, or a folder of somebody else's, is told of in one line", { skip }, () => {
  const thrownBy = (work: () => void): unknown => {
    try {
      work();
    } catch (error) {
      return error;
    }
    return assert.fail("nothing was thrown");
  };
  const full = thrownBy(() => writeFileSync(fullDisk, "x"));
  assert.match(explain(full), /^ENOSPC: [^\n]*: the disk is full: make room and try again$/);
  assert.match(explain(new Error("a bug")), /\n {4}at /);
});
