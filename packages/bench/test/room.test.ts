import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Figure } from "../src/figure.ts";
import { assertRoom, removeRemains } from "../src/machine/room.ts";

const dir = await mkdtemp(join(tmpdir(), "condo-test-room-"));
after(() => rm(dir, { recursive: true, force: true }));

test("a disk that is too full for a figure is told of before anything runs, and a quick run needs less", () => {
  const huge: Figure = {
    id: "P7",
    title: "growth",
    seconds: { full: 1, quick: 1 },
    gigabytes: 1e9,
    take: async () => [],
  };
  assert.throws(
    () => assertRoom(dir, { only: [huge], isQuick: false }),
    /1000000000 GB are needed in .* GB are free/,
  );
  assertRoom(dir, { only: [huge], isQuick: true });
});

test("what a run that was killed left behind is removed, and what one that runs has is not", async () => {
  const { pid: dead } = spawnSync(process.execPath, ["--version"]);
  const [remains, live, other] = [String(dead), String(process.pid), "P1"].map((name) => join(dir, name));
  assert.ok(remains && live && other);
  for (const folder of [remains, live, other]) {
    await mkdir(join(folder, "fleet"), { recursive: true });
    await writeFile(join(folder, "fleet/log"), "");
  }
  await removeRemains(dir);
  assert.deepEqual([remains, live, other].map(existsSync), [false, true, true]);
});
