// Plain JavaScript without dependencies, for whatever Node a machine has: it brings the Node, pnpm and packages that the
// commands need, then hands over to infra/local/src/<command>.ts.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const nodeVersion = "24.21.0";
const pnpmVersion = "12.21.0";
const platforms = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"];
const platform = `${process.platform}-${process.arch}`;

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const state = join(root, ".condo");
const tools = join(state, "tools");
const installedFile = join(state, "installed");

const commands = {
  start: "start everything and show a webhook's way (--no-demo, --port N, --verbose)",
  test: "run the checks and every test (files or patterns to narrow it, --only checks)",
  check: "format, lint, types, dead code",
  fix: "format, and fix what the linter can",
  bench: "how fast Condo is, against floors (--only P1,P4, --quick, --json, --profile P1, --target URL)",
  chaos: "kill what runs at random, and account for every webhook (npm run chaos -- --help)",
  condo: "operate what runs here, or in DATABASE_URL and CONDO_URL (npm run condo -- --help)",
  pack: "make tarballs of the client and the consumer of events, to install elsewhere (npm run pack client)",
};

class Problem extends Error {}

/** Of the commands that don't tell theirs themselves, once the packages are there. */
const usages = {
  start: `npm start -- [options]

Starts Postgres, Redis, the services and a gateway, and shows a webhook's way once. Ctrl-C closes all of it.
What is stored stays in .condo, for the next start.

  --no-demo    starts, and shows nothing
  --port N     of the gateway (PORT, or 8080 by default); the four after it are the services'
  --verbose    the services' logs as they are

DATABASE_URL and REDIS_URL stand for engines of your own; .env.example has the other settings, which may be in .env.
`,
  test: `npm test -- [paths] [options]

Runs the checks and every test. With paths, or patterns, the test files that they match, and no checks.

  --only checks    the checks alone
`,
  check: `npm run check

Format, lint, dead code and types, all at once. Ends with 1 when one of them fails.
`,
  fix: `npm run fix

Formats, mends what the linter can, and writes anew what is made from the code: .env.example, the gateway's routes.
`,
  pack: `npm run pack [client] [events]

Makes tarballs of the client and the consumer of events, or of the one that is named, in .condo/pack.
`,
};

const [command, ...args] = process.argv.slice(2);
const isHelpWanted = args.some((arg) => arg === "--help" || arg === "-h");
if (command === undefined || command === "help" || command === "--help" || command === "-h") {
  process.stdout.write(help());
} else if (isHelpWanted && Object.hasOwn(usages, command)) {
  process.stdout.write(usages[command]);
} else if (Object.hasOwn(commands, command)) {
  main().catch((error) => {
    const reason = error.syscall === undefined ? error.stack : explain(error.message);
    process.stderr.write(`${error instanceof Problem ? error.message : reason}\n`);
    process.exitCode = 1;
  });
} else {
  process.stderr.write(`no command "${command}"\n\n${help()}`);
  process.exitCode = 2;
}

function help() {
  const rows = Object.entries(commands).map(([name, what]) => `  npm run ${name.padEnd(8)} ${what}\n`);
  return `Condo on this machine. Arguments go after "--": npm start -- --no-demo\n\n${rows.join("")}`;
}

async function main() {
  if (!platforms.includes(platform)) {
    throw new Problem(
      `Condo does not run on ${platform} as it is: use Linux, macOS or WSL (${platforms.join(", ")})`,
    );
  }
  mkdirSync(tools, { recursive: true });
  if (isComplete()) return handOver();

  // By its path, and when it is wanted: help takes this file alone.
  const { lockInstall } = await import("./install-lock.mjs");
  const unlock = await lockInstall(join(state, "bootstrap.lock"));
  try {
    const node = isNodeRecent() ? undefined : `node-${platform}`;
    if (node && !existsSync(nodeBinary())) {
      await step(`Node ${nodeVersion}`, () => installTool(node, nodeVersion));
      checkNode();
    }
    if (installedHash() !== workspaceHash()) {
      await providePnpm();
      await step("packages", installPackages);
    } else if (command === "pack") {
      await providePnpm();
    }
  } finally {
    unlock();
  }
  return handOver();
}

function isComplete() {
  const isPnpmThere = command !== "pack" || existsSync(pnpmScript());
  return isPnpmThere && existsSync(nodeBinary()) && installedHash() === workspaceHash();
}

async function providePnpm() {
  if (!existsSync(pnpmScript())) await step(`pnpm ${pnpmVersion}`, () => installTool("pnpm", pnpmVersion));
}

function isNodeRecent() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  return (major === 24 && minor >= 11) || major >= 26;
}

function nodeBinary() {
  return isNodeRecent()
    ? process.execPath
    : join(tools, `node-${platform}-${nodeVersion}/node_modules/node-${platform}/bin/node`);
}

function pnpmScript() {
  return join(tools, `pnpm-${pnpmVersion}/node_modules/pnpm/bin/pnpm.mjs`);
}

function environment() {
  return {
    // Types are stripped and code is compiled once, and not again by each process.
    NODE_COMPILE_CACHE: join(state, "compile-cache"),
    ...process.env,
    CONDO_PNPM: pnpmScript(),
    PATH: [dirname(nodeBinary()), process.env.PATH].filter(Boolean).join(delimiter),
  };
}

/** Gets a package from npm into a folder of its own, which appears whole or not at all. */
async function installTool(name, version) {
  const target = join(tools, `${name}-${version}`);
  const draft = `${target}.${process.pid}`;
  mkdirSync(draft, { recursive: true });
  const options = [
    "--ignore-scripts",
    "--no-save",
    "--no-package-lock",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
  ];
  // npm tells its scripts where it is; whoever starts this file directly needs it on PATH.
  const npm = /npm-cli\.[cm]?js$/.test(process.env.npm_execpath ?? "")
    ? [process.execPath, process.env.npm_execpath]
    : ["npm"];
  try {
    await run([...npm, "install", "--prefix", draft, ...options, `${name}@${version}`], process.env);
    rmSync(target, { recursive: true, force: true });
    renameSync(draft, target);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function checkNode() {
  const { status } = spawnSync(nodeBinary(), ["--version"]);
  if (status === 0) return;
  throw new Problem(
    `Node ${nodeVersion} from npm does not run on this system: install Node 24 yourself and try again`,
  );
}

async function installPackages() {
  const hash = workspaceHash();
  const options = ["--frozen-lockfile", "--prod=false", "--config.confirm-modules-purge=false"];
  await run([nodeBinary(), pnpmScript(), "install", ...options], environment());
  writeFileSync(installedFile, hash);
}

/** What `pnpm install` goes by. */
function workspaceHash() {
  const folders = ["services", "packages", "infra"].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => `${group}/${name}`),
  );
  const manifests = ["package.json", ...folders.map((folder) => `${folder}/package.json`)];
  const hash = createHash("sha256").update(platform);
  for (const file of ["pnpm-lock.yaml", "pnpm-workspace.yaml", ...manifests.sort()]) {
    const path = join(root, file);
    if (existsSync(path)) hash.update(`\0${file}\0`).update(readFileSync(path));
  }
  return hash.digest("hex");
}

function installedHash() {
  const isInstalled = existsSync(join(root, "node_modules/.modules.yaml")) && existsSync(installedFile);
  return isInstalled ? readFileSync(installedFile, "utf8") : undefined;
}

/** Runs a program to its end in silence; what it said goes into the error. */
function run([program, ...rest], env) {
  return new Promise((resolve, reject) => {
    let output = "";
    const child = spawn(program, rest, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    child.on("error", (error) => {
      const isMissing = error.code === "ENOENT";
      reject(new Problem(isMissing ? `${program} is not on PATH: install Node.js with npm` : error.message));
    });
    child.on("close", (code) => (code === 0 ? resolve() : reject(new Problem(explain(output)))));
  });
}

function explain(output) {
  const [network] =
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|dns error/.exec(output) ?? [];
  if (network) {
    return `the package registry does not answer (${network}): check the network, and npm's settings "registry" and "proxy"`;
  }
  if (/ENOSPC/.test(output)) return "the disk is full: make room and try again";
  if (/EACCES|EPERM/.test(output))
    return `not allowed to write below ${root}: make it yours (chown) and try again`;
  return output.trim().split("\n").slice(-20).join("\n");
}

/** One line for each step: what, and how long it took; on a terminal it counts while it works. */
async function step(name, work) {
  const start = Date.now();
  const line = (mark) => `${mark} ${name.padEnd(14)} ${((Date.now() - start) / 1000).toFixed(1)} s`;
  const ticker = process.stdout.isTTY && setInterval(() => process.stdout.write(`\r${line("·")}`), 100);
  try {
    await work();
    process.stdout.write(`${ticker ? "\r" : ""}${line("✓")}\n`);
  } catch (error) {
    process.stdout.write(`${ticker ? "\r" : ""}${line("✗")}\n`);
    throw error;
  } finally {
    clearInterval(ticker);
  }
}

/** Becomes the command, as far as one process can become another: its terminal, its signals, its exit code. */
function handOver() {
  const script = join(root, `infra/local/src/${command}.ts`);
  const child = spawn(nodeBinary(), [script, ...args], { cwd: root, env: environment(), stdio: "inherit" });
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(name, () => child.kill(name));
  child.on("error", (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}
