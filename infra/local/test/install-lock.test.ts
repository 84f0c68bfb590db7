import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { root } from "../src/paths.ts";
import { markOf } from "../src/processes.ts";

let clone: string;
let lock: string;

/** A clone on a machine without npm: it ends with an error once it has the lock. */
beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), "condo-clone-"));
  lock = join(clone, ".condo/bootstrap.lock");
  for (const folder of ["infra/local", "packages", "services"])
    mkdirSync(join(clone, folder), { recursive: true });
  for (const file of ["infra/local/bootstrap.mjs", "infra/local/install-lock.mjs"]) {
    copyFileSync(join(root, file), join(clone, file));
  }
});
const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
  rmSync(clone, { recursive: true });
});

function start(): ChildProcess {
  const child = spawn(process.execPath, [join(clone, "infra/local/bootstrap.mjs"), "start"], {
    env: { PATH: clone },
    stdio: ["ignore", "pipe", "pipe"],
  });
  started.push(child);
  return child;
}

async function textOf(child: ChildProcess): Promise<string> {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (text += String(chunk)));
  await once(child, "close");
  return text;
}

/** What comes after the lock in this clone. */
const goesOn = /^✗ pnpm [^\n]*\nnpm is not on PATH: [^\n]*\n$/;

const timeout = 20_000;

describe("a start that finds a lock on installing", () => {
  for (const [name, text] of [
    ["of a process that is gone", "999999999 long ago"],
    ["of one whose number another has by now", `${process.pid} long ago`],
    ["of one that was killed before it could say who it is", ""],
  ] as const) {
    test(`${name} takes it`, { timeout }, async () => {
      mkdirSync(join(clone, ".condo"));
      writeFileSync(lock, text);
      utimesSync(lock, 0, 0);
      assert.match(await textOf(start()), goesOn);
      assert.ok(!existsSync(lock));
    });
  }

  test("of one that runs waits for it", { timeout }, async () => {
    mkdirSync(join(clone, ".condo"));
    writeFileSync(lock, `${process.pid} ${markOf(process.pid)?.birth}`);
    const child = start();
    const told = textOf(child);
    const [said] = (await once(child.stdout ?? assert.fail(), "data")) as [Buffer];
    assert.equal(String(said), `waiting for process ${process.pid}, which is installing\n`);
    rmSync(lock);
    assert.match((await told).replace(String(said), ""), goesOn);
  });
});

test("a clone that can't be written is told of in one line", { timeout }, async () => {
  writeFileSync(join(clone, ".condo"), "");
  assert.match(await textOf(start()), /^(EEXIST|ENOTDIR): [^\n]*\n$/);
});
