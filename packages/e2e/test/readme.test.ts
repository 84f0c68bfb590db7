import assert from "node:assert/strict";
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { before, suite, test } from "node:test";
import { promisify } from "node:util";
import { freePort, removeEngines, startPostgres, startRedis } from "@condo/engines";
import { blocksOf } from "@condo/e2e";
import { atEnd } from "@condo/testing";

const root = join(import.meta.dirname, "../../..");
const run = promisify(execFile);

/** Commands of the README, and the test below that runs each. */
const commands = [
  "npm start",
  "npm test",
  "DATABASE_URL=postgres://owner:password@localhost:5432/condo REDIS_URL=redis://localhost:6379 npm start",
];

suite("the README's commands, in a fresh copy", () => {
  let copy: string;

  before(async () => {
    copy = mkdtempSync(join(tmpdir(), "condo readme "));
    atEnd(() => removeEngines(copy));
    const { stdout } = await run("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
      cwd: root,
      maxBuffer: 1e7,
    });
    for (const file of stdout.split("\0").filter((name) => name && existsSync(join(root, name)))) {
      cpSync(join(root, file), join(copy, file));
    }
    // A repository of its own, as a clone is: what the one around it ignores is not ignored here.
    await run("git", ["init", "--quiet"], { cwd: copy });
    // What was downloaded once need not be downloaded again; everything else is as after a clone.
    const tools = join(root, ".condo/tools");
    if (existsSync(tools))
      cpSync(tools, join(copy, ".condo/tools"), { recursive: true, verbatimSymlinks: true });
  });

  /** Starts `npm` in the copy, with the machine's own Node, and waits for a line. */
  async function npm(
    args: string[],
    env: NodeJS.ProcessEnv,
    until: RegExp,
  ): Promise<{ child: ChildProcess; output: () => string }> {
    // Node 24, which runs this test, stands first on the path: a user has what the machine has.
    const path = (process.env["PATH"] ?? "").split(":").filter((dir) => dir !== dirname(process.execPath));
    const child = spawn("npm", args, {
      cwd: copy,
      env: { PATH: path.join(":"), HOME: process.env["HOME"], ...env },
      stdio: ["ignore", "pipe", "pipe"],
      // A terminal's Ctrl-C goes to the whole group, so it has one of its own.
      detached: true,
    });
    // In good order: killed, it would leave services behind that write to the copy while that is removed.
    atEnd(async () => {
      if (child.exitCode === null && child.signalCode === null) await interrupt(child);
    });
    let output = "";
    const seen = new Promise<void>((resolve, reject) => {
      const look = (chunk: Buffer) => {
        output += chunk.toString();
        if (until.test(output)) resolve();
      };
      child.stdout.on("data", look);
      child.stderr.on("data", look);
      child.once("exit", (code) => reject(new Error(`npm ${args.join(" ")} ended with ${code}:\n${output}`)));
    });
    await seen;
    return { child, output: () => output };
  }

  async function interrupt(child: ChildProcess): Promise<void> {
    const exited = once(child, "exit");
    process.kill(-(child.pid ?? 0), "SIGINT");
    await exited;
  }

  test("the README has these commands and no others", () => {
    assert.deepEqual(
      blocksOf("README.md").flatMap(({ text }) => text.trim().split("\n")),
      commands,
    );
  });

  test("npm start does the main job, and its curl is accepted and delivered", async () => {
    const port = String(await freePort(5));
    const first = await npm(["start"], { PORT: port }, /^curl .*/m);
    for (const sender of ["stripe", "github", "orders"]) {
      assert.match(
        first.output(),
        new RegExp(`${sender}\\s+accepted in \\d+ ms, delivered in \\d+ ms, signature verified`),
      );
    }
    const [curl = ""] = /^curl .*/m.exec(first.output()) ?? [];
    const { stdout } = await run("bash", ["-c", curl]);
    assert.equal(JSON.parse(stdout).status, "accepted");
    await interrupt(first.child);

    const second = await npm(["start"], { PORT: port }, /^curl .*/m);
    const credentials = /credentials.*/;
    assert.equal(
      credentials.exec(second.output())?.[0],
      credentials.exec(first.output())?.[0],
      "the data of the first",
    );
    await interrupt(second.child);
  });

  test("npm start runs on given engines", async () => {
    const dir = mkdtempSync(join(tmpdir(), "condo-readme-engines-"));
    atEnd(() => removeEngines(dir));
    const postgres = await startPostgres({ dir: join(dir, "postgres") });
    const redis = await startRedis({ dir: join(dir, "redis") });
    const env = { PORT: String(await freePort(5)), DATABASE_URL: postgres.url, REDIS_URL: redis.url };
    const started = await npm(["start", "--", "--no-demo"], env, /Condo is up/);
    assert.doesNotMatch(started.output(), /✓ (Postgres|Redis) {2}/);
    await interrupt(started.child);
  });

  test("npm test runs", async () => {
    const { output } = await npm(["test", "--", "packages/secrets"], {}, /^\d+ passed, \d+ failed$/m);
    assert.match(output(), /^[1-9]\d* passed, 0 failed$/m);
  });

  test("npm run condo operates what runs, npm run fix leaves nothing to mend", async () => {
    const help = await npm(["run", "condo", "--", "--help"], {}, /dead-letters/);
    assert.match(help.output(), /Usage: condo/);
    const { stdout: before } = await run("git", ["hash-object", "package.json", "README.md"], { cwd: root });
    await run("npm", ["run", "fix"], { cwd: copy });
    const { stdout: after } = await run("git", ["hash-object", `${copy}/package.json`, `${copy}/README.md`], {
      cwd: root,
    });
    assert.equal(after, before);
  });
});
