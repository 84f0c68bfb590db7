import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { isProcessAlive } from "@condo/engines";
import type { Result } from "../src/report/result.ts";

const run = promisify(execFile);
const script = join(import.meta.dirname, "../src/main.ts");
const scratch = await mkdtemp(join(tmpdir(), "condo-test-bench-"));
after(() => rm(scratch, { recursive: true, force: true }));

test("figures and their floors are taken from processes that really run, with fsync on", async () => {
  const report = join(scratch, "reports/report.html");
  const args = [script, "--quick", "--json", "--only", "P1,P3", "--report", report];
  const { stdout, stderr } = await run(process.execPath, args);
  const told = JSON.parse(stdout) as Result;
  assert.deepEqual(
    told.figures.map(({ id, lines }) => [id, lines.length]),
    [
      ["P1", 1],
      ["P3", 2],
    ],
  );
  assert.deepEqual(told.failed, []);
  assert.equal(told.engines.redis["appendfsync"], "always");
  assert.equal(told.engines.postgres["fsync"], "on");
  assert.equal(told.engines.services["NODE_ENV"], "production");
  assert.ok(told.machine.fsyncMs.median > 0);
  // How fast is never judged here.
  for (const { rounds, value, floor, loadCores } of told.figures.flatMap(({ lines }) => lines)) {
    assert.equal(rounds.length, 1);
    assert.ok([...rounds, value.value, floor?.value, loadCores].every((number) => Number(number) > 0));
  }
  assert.match(stderr, /1 of 2: P1 .* about \d+ s to go/);
  assert.match(readFileSync(report, "utf8"), /Latency at 500 webhooks a second/);
});

test("Ctrl-C in the middle, which arrives twice, leaves no process and no folder", async () => {
  const child = spawn(process.execPath, [script, "--quick", "--only", "P1"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const dir = join(import.meta.dirname, "../../../.condo/bench", String(child.pid));
  await lineOf(child, /^· 1 of 1/);
  const pids = pidsIn(join(dir, "fleet"));
  assert.ok(pids.length >= 7 && pids.every(isProcessAlive));
  const exit = once(child, "exit");
  child.kill("SIGINT");
  child.kill("SIGTERM");
  assert.deepEqual(await exit, [130, null]);
  assert.deepEqual(pids.filter(isProcessAlive), []);
  assert.equal(existsSync(dir), false);
});

test("wrong options end with 2, and a target that can't be driven with 1 and the reason", async () => {
  await assert.rejects(run(process.execPath, [script, "--fast"]), { code: 2 });

  const dumb = createServer((socket) => {
    socket.once("data", () => socket.end("HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n"));
  }).listen(0, "127.0.0.1");
  await once(dumb, "listening");
  const { port } = dumb.address() as AddressInfo;
  const drive = (receiverPort: number, url: string): Promise<object> => {
    const target = ["--target", url, "--receiver-port", String(receiverPort), "--signer", "none"];
    const report = ["--report", join(scratch, "target.html")];
    return run(process.execPath, [script, "--quick", ...target, ...report]);
  };
  await assert.rejects(drive(port, "http://127.0.0.1:1/"), {
    code: 1,
    stderr: new RegExp(`port ${port} is taken`),
  });
  dumb.unref();
  const free = createServer().listen(0, "127.0.0.1");
  await once(free, "listening");
  const { port: receiverPort } = free.address() as AddressInfo;
  free.close();
  await assert.rejects(drive(receiverPort, `http://127.0.0.1:${port}/`), {
    code: 1,
    stderr: /answered 401 to a webhook signed as none/,
  });
  dumb.close();
});

async function lineOf(child: ChildProcess, wanted: RegExp): Promise<void> {
  assert.ok(child.stderr);
  for await (const line of createInterface(child.stderr)) if (wanted.test(line)) break;
  child.stderr.resume();
}

/** Of every service and both engines. */
function pidsIn(fleetDir: string): number[] {
  const { services, dataDirs } = JSON.parse(readFileSync(join(fleetDir, "run.json"), "utf8")) as {
    services: Record<string, { process?: { pid: number } }>;
    dataDirs: string[];
  };
  const engines = dataDirs.flatMap((dir) =>
    ["postmaster.pid", "redis.pid"].map((name) => join(dir, "data", name)).filter(existsSync),
  );
  return [
    ...Object.values(services).flatMap(({ process }) => process?.pid ?? []),
    ...engines.map((file) => Number.parseInt(readFileSync(file, "utf8"), 10)),
  ];
}
