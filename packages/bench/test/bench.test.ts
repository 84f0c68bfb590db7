import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

const run = promisify(execFile);
const script = join(import.meta.dirname, "../src/main.ts");

interface Told {
  figures: { id: string; lines: { rounds: number[]; floor?: { value: number } }[] }[];
  engines: { redis: Record<string, string>; postgres: Record<string, string> };
}

test("figures are taken from processes that really run, with fsync on", async () => {
  const { stdout } = await run(process.execPath, [script, "--quick", "--json", "--only", "P1,P4"]);
  const told = JSON.parse(stdout) as Told;
  assert.deepEqual(
    told.figures.map(({ id }) => id),
    ["P1", "P4"],
  );
  assert.equal(told.engines.redis["appendfsync"], "always");
  assert.equal(told.engines.postgres["fsync"], "on");
  // How fast is never judged here.
  for (const { rounds, floor } of told.figures.flatMap(({ lines }) => lines)) {
    assert.equal(rounds.length, 1);
    assert.ok(rounds.every((ratio) => ratio > 0));
    assert.ok(floor && floor.value > 0);
  }
});

test("an unknown figure is refused, with those that there are", async () => {
  await assert.rejects(run(process.execPath, [script, "--only", "P99"]), /no figure "P99": there are P1/);
});
