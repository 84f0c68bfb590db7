import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, suite, test } from "node:test";
import { promisify } from "node:util";
import {
  blockOf,
  blocksOf,
  registerTenant,
  standardSecret,
  startTestFleet,
  type TenantApi,
  type TestFleet,
} from "@condo/e2e";
import { atEnd, eventually } from "@condo/testing";
import { Client } from "pg";

const root = join(import.meta.dirname, "../../..");
const run = promisify(execFile);

suite("what the pages tell to run", () => {
  let fleet: TestFleet;
  let tenant: TenantApi;
  /** Outside of the workspace, with what the pages say to install. */
  let outside: string;

  before(async () => {
    fleet = await startTestFleet({}, { gateway: "node" });
    tenant = await registerTenant(fleet.origin);
    outside = mkdtempSync(join(tmpdir(), "condo-outside-"));
    atEnd(async () => rmSync(outside, { recursive: true, force: true }));
    writeFileSync(join(outside, "package.json"), '{ "name": "outside", "private": true }');
    for (const page of ["packages/client/README.md", "packages/events/docs/internal-services.md"]) {
      await shell(page, {
        PROGRAM: outside,
        SERVICE: outside,
        npm_config_prefer_offline: "true",
        npm_config_audit: "false",
      });
    }
  });

  /** Does what a page tells to type, in the clone. */
  async function shell(page: string, env: Record<string, string>) {
    const script = `set -euo pipefail\n${blockOf(page, "sh")}`;
    return run("bash", ["-c", script], { cwd: root, env: { ...process.env, ...env } });
  }

  function program(page: string): string {
    const file = join(outside, `${page.replaceAll(/\W/g, "-")}.mjs`);
    writeFileSync(file, blockOf(page, "js"));
    return file;
  }

  async function node(page: string, env: Record<string, string>) {
    const { PATH = "" } = process.env;
    return run(process.execPath, [program(page)], { cwd: outside, env: { PATH, ...env } });
  }

  test("a partner signs and posts", async () => {
    const secret = standardSecret();
    await tenant.createSource("orders", "standard-webhooks", secret);
    const { items } = (await tenant.call("GET", "/webhook-sources")).body;
    const { stdout } = await node("services/webhook-ingest/docs/partners.md", {
      WEBHOOK_URL: items[0].source_url,
      WEBHOOK_SECRET: secret,
    });
    assert.match(stdout, /^202 .*"accepted"/);
  });

  test("a consumer calls from a shell", async () => {
    const { stdout } = await shell("packages/client/docs/consumers.md", { CONDO_URL: fleet.origin });
    assert.match(stdout, /"slug":"hooli"[\s\S]*"secret":"whsec_[\s\S]*"items":\[\]/);
  });

  test("a consumer calls by the client, from outside this repository", async () => {
    const made = await tenant.call("POST", "/api-keys", {
      name: "docs",
      scopes: ["webhook_destinations:write", "webhook_events:read"],
    });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const { stdout, stderr } = await node("packages/client/README.md", {
      CONDO_URL: fleet.origin,
      CONDO_API_KEY: made.body.key,
    });
    assert.match(stdout, /^keep this secret: whsec_/, stderr);
  });

  test("a service outside this repository hears of a new tenant", async () => {
    const child = spawn(process.execPath, [program("packages/events/docs/internal-services.md")], {
      cwd: outside,
      env: { PATH: process.env["PATH"], REDIS_URL: fleet.redisUrl },
      stdio: ["ignore", "pipe", "pipe"],
    });
    atEnd(async () => void child.kill("SIGKILL"));
    let said = "";
    child.stdout.on("data", (chunk) => (said += String(chunk)));
    child.stderr.on("data", (chunk) => (said += String(chunk)));
    const { slug, tenantId } = await registerTenant(fleet.origin);
    await eventually("it says so", async () => said.includes(`tenant ${tenantId} is called ${slug}`));
    const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    assert.equal(await exited, 0, said);
  });

  test("what is installed there is types and JavaScript, without the rest of the workspace", async () => {
    const installed = JSON.parse(readFileSync(join(outside, "package-lock.json"), "utf8"));
    const dependencies = Object.fromEntries(
      ["client", "events"].map((name) => {
        return [name, Object.keys(installed.packages[`node_modules/@condo/${name}`].dependencies)];
      }),
    );
    assert.deepEqual(dependencies, { client: ["openapi-fetch"], events: ["ioredis", "zod"] });

    cpSync(join(import.meta.dirname, "outside.ts.txt"), join(outside, "typed.ts"));
    const compilerOptions = {
      strict: true,
      noEmit: true,
      module: "nodenext",
      types: ["node"],
      typeRoots: [join(root, "node_modules/@types")],
    };
    writeFileSync(join(outside, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["typed.ts"] }));
    const tsc = join(root, "node_modules/.bin/tsc");
    await run(tsc, ["-p", outside]).catch(({ stdout }) => assert.fail(stdout));
  });

  test("an operator operates, from the top of the page to its end", async () => {
    const here = blocksOf("infra/operating.md").filter(({ language, needs }) => language === "sh" && !needs);
    assert.ok(here.length >= 7, `${here.length} blocks are run`);
    writeFileSync(join(outside, "password.txt"), "correct horse battery staple 9\n");
    const passwordOf = (url: string) => new URL(url).password;
    const script = [
      "set -euo pipefail",
      `condo() { ${JSON.stringify(process.execPath)} ${JSON.stringify(join(root, "packages/cli/src/main.ts"))} "$@"; }`,
      ...here.map(({ text }) => text),
    ];
    const { stdout } = await run("bash", ["-c", script.join("\n")], {
      cwd: outside,
      env: {
        PATH: process.env["PATH"],
        DATABASE_URL: fleet.databaseUrl,
        APP_DATABASE_PASSWORD: passwordOf(fleet.appDatabaseUrl),
        PLATFORM_DATABASE_PASSWORD: passwordOf(fleet.platformDatabaseUrl),
        REDIS_URL: fleet.redisUrl,
        CONDO_MASTER_KEY: fleet.masterKey,
        CONDO_URL: fleet.origin,
        CONDO_TOKEN: tenant.accessToken,
      },
    });
    assert.match(stdout, /\d+ checks, 0 problems[\s\S]*the schema is up to date[\s\S]*"status":"ok"/);
  });

  test("a runbook's questions are ones that Postgres answers", async () => {
    const text = readFileSync(join(root, "infra/runbooks.md"), "utf8");
    const questions = [...text.matchAll(/`(select [^`]+)`/g)].map(([, question = ""]) => question);
    assert.ok(questions.length >= 2);
    const client = new Client({ connectionString: fleet.databaseUrl });
    await client.connect();
    try {
      for (const question of questions) await client.query(question);
    } finally {
      await client.end();
    }
  });

  test("the variables that an operator's page names are ones that something reads", () => {
    const compose = readFileSync(join(root, "infra/.env.example"), "utf8");
    const services = readFileSync(join(root, ".env.example"), "utf8");
    const known = new Set([...`${compose}${services}`.matchAll(/^#?([A-Z_]+)=/gm)].map(([, name]) => name));
    // What `condo` reads, and parts of secrets' names.
    for (const name of ["CONDO_URL", "CONDO_API_KEY", "CONDO_EMAIL", "CONDO_PASSWORD"]) known.add(name);
    for (const name of ["APP_DATABASE_URL", "PLATFORM_DATABASE_URL"]) known.add(name);
    for (const page of ["infra/operating.md", "infra/runbooks.md"]) {
      const named = readFileSync(join(root, page), "utf8").matchAll(/\b([A-Z]+(?:_[A-Z]+)+)\b(?!…|_)/g);
      for (const [, name] of named) assert.ok(known.has(name), `${page}: ${name}`);
    }
  });

  test("what an operator's page can't run here calls only what it says that it needs", () => {
    const programs: Record<string, string[]> = {
      Docker: ["docker"],
      "Docker and a cluster": ["docker", "kubectl"],
      "a cluster": ["kubectl"],
      "the engines' own tools": ["redis-cli", "cp", "pg_dumpall", "pg_dump", "psql", "pg_restore", "condo"],
    };
    const elsewhere = blocksOf("infra/operating.md").filter(({ needs }) => needs);
    assert.ok(elsewhere.length >= 4);
    const compose = readFileSync(join(root, "infra/compose.yaml"), "utf8");
    const dockerfile = readFileSync(join(root, "infra/Dockerfile"), "utf8");
    for (const { text, needs = "" } of elsewhere) {
      for (const line of text.trim().split("\n").slice(1)) {
        assert.ok(programs[needs]?.includes(line.split(" ")[0] ?? ""), `${needs}: ${line}`);
        for (const [, path = ""] of line.matchAll(/ (infra\/\S+)/g)) statSync(join(root, path));
        const [, target] = /--target (\S+)/.exec(line) ?? [];
        if (target) assert.match(dockerfile, new RegExp(`^FROM \\S+ AS ${target}$`, "m"));
        const [, service] = / logs --follow (\S+)/.exec(line) ?? [];
        if (service) assert.match(compose, new RegExp(`^  ${service}:$`, "m"));
      }
    }
  });

  test("the pages are where the README says, and their links lead somewhere", () => {
    const pages = [
      "README.md",
      ".github/CONTRIBUTING.md",
      "services/webhook-ingest/docs/partners.md",
      "packages/client/docs/consumers.md",
      "packages/events/docs/internal-services.md",
      "infra/operating.md",
    ];
    const readme = readFileSync(join(root, "README.md"), "utf8");
    for (const page of pages.slice(1)) assert.ok(readme.includes(`(${page})`), `README.md links ${page}`);
    for (const page of pages) {
      for (const [, link = ""] of readFileSync(join(root, page), "utf8").matchAll(/\]\(([^)#]+)\)/g)) {
        if (!link.startsWith("http")) statSync(join(root, page, "..", link));
      }
    }
  });

  test("the commits that CONTRIBUTING names are in the history, with the files of its recipes", async (context) => {
    const text = readFileSync(join(root, ".github/CONTRIBUTING.md"), "utf8");
    const named = [...text.matchAll(/^One commit that did it: "(.+)":\n\n((?:- `[^`]+`.*\n?)+)/gm)].map(
      ([, subject = "", files = ""]) => ({
        subject,
        files: [...files.matchAll(/^- `([^`]+)`/gm)].map(([, file = ""]) => file),
      }),
    );
    assert.equal(named.length, 4);
    for (const { files } of named) for (const file of files) readFileSync(join(root, file));
    const git = async (...args: string[]) => (await run("git", args, { cwd: root })).stdout;
    if (!existsSync(join(root, ".git"))) return context.skip("a copy of the sources has no history");
    if ((await git("rev-parse", "--is-shallow-repository")).trim() === "true") {
      return context.skip("a shallow clone has a part of the history");
    }
    for (const { subject, files } of named) {
      const hash = await git("log", "--format=%H", "--fixed-strings", `--grep=${subject}`, "--reverse");
      const [commit] = hash.split("\n");
      assert.ok(commit, `a commit "${subject}"`);
      const touched = (await git("show", "--format=%s", "--name-only", commit)).split("\n");
      assert.equal(touched[0], subject);
      for (const file of files) assert.ok(touched.includes(file), `${file} in "${subject}"`);
    }
  });
});
