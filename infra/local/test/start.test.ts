import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { freePort } from "@condo/engines";
import { startFleet } from "../src/fleet.ts";
import { root } from "../src/paths.ts";
import { createRestartBudget } from "../src/revive.ts";
import { inShort } from "../src/service-log.ts";

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

async function runNode(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const child = spawn(process.execPath, args, { cwd: root, env: { PATH: process.env["PATH"], ...env } });
  const ended: Ended = { code: null, stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => (ended.stdout += String(chunk)));
  child.stderr.on("data", (chunk) => (ended.stderr += String(chunk)));
  [ended.code] = (await once(child, "close")) as [number];
  return ended;
}

describe("what can go wrong says so in one line", () => {
  const start = async (options: { port: number; databaseUrl?: string; redisUrl?: string }): Promise<void> => {
    const dir = mkdtempSync(join(tmpdir(), "condo-start-"));
    try {
      const fleet = await startFleet({ dir, ...options });
      await fleet.close();
    } finally {
      rmSync(dir, { recursive: true });
    }
  };

  test("a port taken: which, for what, by whom", async () => {
    const port = await freePort(5);
    const server = createServer().listen(port + 1, "127.0.0.1");
    await once(server, "listening");
    await assert.rejects(start({ port }), {
      name: "SetupProblem",
      message: new RegExp(
        `^port ${port + 1}, wanted for identity-api, is taken by process ${process.pid} \\(.*\\): stop`,
      ),
    });
    server.close();
  });

  test("a bad DATABASE_URL or REDIS_URL: its name, what it should be, never its password", async () => {
    const closed = await freePort();
    const cases: [{ databaseUrl?: string; redisUrl?: string }, RegExp][] = [
      [{ databaseUrl: "mysql://u:hush@h/d" }, /^DATABASE_URL is no URL of the kind postgresql:/],
      [{ databaseUrl: "hush" }, /^DATABASE_URL is no URL of the kind postgresql:/],
      [
        { databaseUrl: `postgresql://u:hush@127.0.0.1:${closed}/d` },
        /^DATABASE_URL: no connection to Postgres at 127\.0\.0\.1:\d+ \(.*\): is Postgres running there\?$/,
      ],
      [{ redisUrl: "http://h" }, /^REDIS_URL is no URL of the kind redis:/],
      [
        { redisUrl: `redis://:hush@127.0.0.1:${closed}` },
        /^REDIS_URL: no connection to Redis at 127\.0\.0\.1:\d+ \(.*\): is Redis running there\?$/,
      ],
    ];
    for (const [options, message] of cases) {
      await assert.rejects(start({ port: 0, ...options }), (error: Error) => {
        assert.equal(error.name, "SetupProblem");
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /hush/);
        return true;
      });
    }
  });

  const superuserUrl = process.env["CONDO_TEST_POSTGRES_URL"] ?? "";
  test("a DATABASE_URL with a wrong password", { skip: superuserUrl === "" }, async () => {
    const wrong = new URL(superuserUrl);
    wrong.password = "hush";
    await assert.rejects(start({ port: 0, databaseUrl: wrong.href }), /check user, password and database$/);
  });

  test("npm start with a bad port", async () => {
    const started = await runNode(["infra/local/src/start.ts"], { PORT: "70000" });
    assert.equal(started.code, 1);
    assert.match(started.stderr, /^PORT should be a port from 1 to 65531 .*, not "70000"\n$/);
  });
});

describe("bootstrap", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const commands = Object.keys(scripts);

  test("tells its commands", async () => {
    const { code, stdout } = await runNode(["infra/local/bootstrap.mjs", "--help"]);
    assert.equal(code, 0);
    for (const command of commands) assert.match(stdout, new RegExp(`npm run ${command} `));
  });

  for (const command of commands) {
    test(`${command} --help tells how it is used, and does nothing`, { timeout: 60_000 }, async () => {
      for (const option of ["--help", "-h"]) {
        const { code, stdout, stderr } = await runNode(["infra/local/bootstrap.mjs", command, option]);
        assert.deepEqual([code, stderr], [0, ""]);
        assert.match(stdout, new RegExp(`^(Usage: )?(npm (run )?)?${command}\\b`));
      }
    });
  }

  test("what it can tell by itself takes no packages, and leaves nothing behind", async () => {
    const dir = mkdtempSync(join(tmpdir(), "condo-bare-"));
    try {
      const alone = join(dir, "infra/local/bootstrap.mjs");
      mkdirSync(dirname(alone), { recursive: true });
      copyFileSync(join(root, "infra/local/bootstrap.mjs"), alone);
      for (const command of ["start", "test", "check", "fix", "pack"]) {
        const { code, stdout } = await runNode([alone, command, "--help"]);
        assert.deepEqual([code, stdout.startsWith("npm ")], [0, true], command);
      }
      assert.deepEqual(readdirSync(dir), ["infra"]);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  test("knows no other command", async () => {
    const { code, stderr } = await runNode(["infra/local/bootstrap.mjs", "strat"]);
    assert.equal(code, 2);
    assert.match(stderr, /^no command "strat"\n/);
  });
});

test("what dies is started again ever later, and given up at the fifth death in a minute", () => {
  let now = 0;
  const nextDelay = createRestartBudget(() => now);
  assert.deepEqual([nextDelay(), nextDelay(), nextDelay(), nextDelay()], [250, 500, 1000, 2000]);
  now += 59_999;
  assert.equal(nextDelay(), undefined);
  now += 60_001;
  assert.equal(nextDelay(), 250);
});

test("of a service's log, warnings and errors are shown, and in short", () => {
  const entry = {
    level: "error",
    service: "worker",
    msg: "drain",
    err: { message: "away\nfor good", stack: "…" },
  };
  assert.equal(inShort(JSON.stringify(entry)), "error drain (away)");
  assert.equal(inShort(JSON.stringify({ level: "info", msg: "request" })), undefined);
  assert.equal(inShort("worker: no plain JSON"), "worker: no plain JSON");
});
