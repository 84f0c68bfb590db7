import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { markOf } from "../src/processes.ts";
import { claimRunFile, readRunFile } from "../src/run-file.ts";

const dir = mkdtempSync(join(tmpdir(), "condo-run-"));
const file = join(dir, "run.json");
after(() => rmSync(dir, { recursive: true }));

test("of two that find what a dead one left at once, one has it, and the other is told", async () => {
  const left = spawn(process.execPath, ["--eval", "setInterval(() => {}, 1000)"]);
  await once(left, "spawn");
  const supervisor = { pid: process.pid, birth: "long ago" };
  const worker = { url: "http://127.0.0.1:1", process: markOf(left.pid ?? 0) };
  writeFileSync(file, JSON.stringify({ supervisor, services: { worker } }));

  const claims = await Promise.allSettled([claimRunFile(dir), claimRunFile(dir)]);
  const [won, lost] = claims.toSorted((one, other) => one.status.localeCompare(other.status));
  assert.ok(won?.status === "fulfilled" && lost?.status === "rejected");
  assert.match(String(lost.reason), new RegExp(`Condo runs on .* already \\(process ${process.pid}\\)`));
  assert.equal(readRunFile(dir)?.supervisor.pid, process.pid);
  assert.ok(left.exitCode !== null || left.signalCode !== null || !markOf(left.pid ?? 0));

  assert.deepEqual(readdirSync(dir), ["run.json"]);
  won.value.remove();
  assert.ok(!existsSync(file));
});

test("what is no record is of nobody", async () => {
  writeFileSync(file, '{"super');
  const claim = await claimRunFile(dir);
  assert.equal(readRunFile(dir)?.supervisor.pid, process.pid);
  claim.remove();
});
