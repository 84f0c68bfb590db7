import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, realpath, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { Redis } from "ioredis";
import { Client } from "pg";
import {
  EngineProblem,
  findProgram,
  findRedis,
  isProcessAlive,
  removeEngines,
  type PostgresEngine,
  type RedisEngine,
  startPostgres,
  startRedis,
} from "../src/index.ts";

async function query(url: string, sql: string): Promise<Array<Record<string, unknown>>> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function command(url: string, name: string, ...args: string[]): Promise<unknown> {
  const redis = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    enableReadyCheck: false,
    protocol: 2,
  });
  redis.on("error", () => undefined);
  await redis.connect();
  try {
    return await redis.call(name, ...args);
  } finally {
    redis.disconnect();
  }
}

/** Resolves at the engine's unasked exit. */
function exitWatch(): { onExit: () => void; exited: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { onExit: resolve, exited: promise };
}

describe("Postgres", () => {
  let dir: string;
  let postgres: PostgresEngine;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "condo engines "));
    postgres = await startPostgres({ dir, settings: { fsync: "off" } });
  });
  after(async () => {
    await removeEngines(dir);
  });

  test("the owner owns its database and is no superuser", async () => {
    const [row] = await query(
      postgres.url,
      `select current_database() as name, rolsuper, rolcreaterole, pg_get_userbyid(datdba) as owner,
         pg_encoding_to_char(encoding) as encoding, datlocale
       from pg_roles, pg_database where rolname = current_user and datname = current_database()`,
    );
    assert.deepEqual(row, {
      name: "condo",
      rolsuper: false,
      rolcreaterole: true,
      owner: "condo_owner",
      encoding: "UTF8",
      datlocale: "C.UTF-8",
    });
  });

  test("nobody gets in without the password", async () => {
    const url = new URL(postgres.superuserUrl);
    url.password = "guess";
    await assert.rejects(query(url.href, "select"), /password authentication failed/);
    assert.equal((await stat(join(postgres.home, "passwords.json"))).mode & 0o777, 0o600);
  });

  test("as root, works in a folder that its own user can reach, and in one that it can't", async (context) => {
    // Not below this clone, which may be in a folder of root's alone.
    const open = await mkdtemp("/tmp/condo-engines-open-");
    context.after(() => removeEngines(open));
    const engine = await startPostgres({ dir: open, settings: { fsync: "off" } });
    const closed = join(await mkdtemp(join(dir, "closed-")), "engine");
    const other = await startPostgres({ dir: join(closed, ".condo/postgres"), settings: { fsync: "off" } });
    assert.equal(engine.home, await realpath(open));
    assert.equal(other.home.startsWith("/var/lib/condo/"), process.getuid?.() === 0);
    await removeEngines(closed);
    await assert.rejects(stat(other.home), { code: "ENOENT" });
  });

  test("what was committed survives a kill and a restart, at the same address", async () => {
    await query(postgres.url, "create table kept as select 42 as answer");
    const { url, pid } = postgres;
    await postgres.kill();
    assert.equal(postgres.pid, undefined);
    await postgres.restart();
    assert.notEqual(postgres.pid, pid);
    assert.deepEqual(await query(url, "select answer from kept"), [{ answer: 42 }]);
  });

  test("a second start in the folder takes over from one that was left running, with its data", async () => {
    const left = exitWatch();
    const folder = await mkdtemp(join(dir, "second-"));
    const first = await startPostgres({ dir: folder, settings: { fsync: "off" }, onExit: left.onExit });
    await query(first.url, "create table kept as select 7 as answer");
    const second = await startPostgres({ dir: folder, settings: { fsync: "off" } });
    await left.exited;
    assert.equal(second.url, first.url);
    assert.deepEqual(await query(second.url, "select answer from kept"), [{ answer: 7 }]);
    await second.stop();
  });

  test("tells when it dies, and not when it is stopped", async () => {
    const folder = await mkdtemp(join(dir, "death-"));
    const deaths: unknown[] = [];
    const died = exitWatch();
    const engine = await startPostgres({
      dir: folder,
      settings: { fsync: "off" },
      onExit: (code, signal) => {
        deaths.push({ code, signal });
        died.onExit();
      },
    });
    assert.ok(engine.pid);
    process.kill(engine.pid, "SIGKILL");
    await died.exited;
    await engine.restart();
    await engine.stop();
    assert.deepEqual(deaths, [{ code: null, signal: "SIGKILL" }]);
  });

  test("says which port is taken", async () => {
    const folder = await mkdtemp(join(dir, "taken-"));
    await assert.rejects(
      startPostgres({ dir: folder, port: postgres.port, settings: { fsync: "off" } }),
      (error) => {
        assert.ok(error instanceof EngineProblem);
        assert.match(error.message, new RegExp(`port ${postgres.port} is taken`));
        return true;
      },
    );
  });
});

describe("Redis", () => {
  let dir: string;
  let redis: RedisEngine;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "condo engines "));
    redis = await startRedis({ dir });
  });
  after(async () => {
    await removeEngines(dir);
  });

  test("writes to the disk before it answers, evicts nothing, wants a password", async () => {
    assert.deepEqual(await command(redis.url, "CONFIG", "GET", "appendfsync"), ["appendfsync", "always"]);
    assert.deepEqual(await command(redis.url, "CONFIG", "GET", "maxmemory-policy"), [
      "maxmemory-policy",
      "noeviction",
    ]);
    await assert.rejects(command(`redis://127.0.0.1:${redis.port}`, "PING"), /NOAUTH/);
  });

  test("what was written survives a kill and a restart, at the same address", async () => {
    await command(redis.url, "SET", "kept", "42");
    const { url, pid } = redis;
    await redis.kill();
    await redis.restart();
    assert.notEqual(redis.pid, pid);
    assert.equal(await command(url, "GET", "kept"), "42");
  });

  test("a second start in the folder takes over from one that was left running, with its data", async () => {
    const left = exitWatch();
    const folder = await mkdtemp(join(dir, "second-"));
    const first = await startRedis({ dir: folder, onExit: left.onExit });
    await command(first.url, "SET", "kept", "7");
    const second = await startRedis({ dir: folder });
    await left.exited;
    assert.equal(second.url, first.url);
    assert.equal(await command(second.url, "GET", "kept"), "7");
    await second.stop();
  });

  test("where there is no server and no way to get one, says how to get one", async () => {
    const toolsDir = await mkdtemp(join(dir, "tools-"));
    await assert.rejects(findRedis({ path: "", toolsDir }), {
      name: "EngineProblem",
      message:
        "no Redis or Valkey server here: install Redis 6.2 or newer, or set REDIS_URL to a server of your own",
    });
  });
});

describe("a program that tests need", () => {
  const nginx = { program: "nginx", package: "nginx", probe: ["-v"] };

  test("is the system's own, or a package that is unpacked and not installed", async () => {
    const { file, env } = await findProgram(nginx);
    await promisify(execFile)(file, ["-v"], { env });
  });

  test("is asked for by the name of its package where there is no way to get it", async () => {
    const toolsDir = await mkdtemp(join(tmpdir(), "condo-tools-"));
    await assert.rejects(findProgram({ ...nginx, path: "", toolsDir }), {
      name: "EngineProblem",
      message: "no apt-get here to bring nginx: install it, or what has it on this system",
    });
    await rm(toolsDir, { recursive: true });
  });
});

describe("an engine", () => {
  test("ends with the process that started it, however that went", async () => {
    const dir = await mkdtemp(join(tmpdir(), "condo engines "));
    const script = `import { startRedis } from "${new URL("../src/index.ts", import.meta.url).href}";
      const redis = await startRedis({ dir: process.argv[1] });
      process.stdout.write(String(redis.pid));`;
    const starter = spawn(process.execPath, ["--input-type=module", "-e", script, dir], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [pid] = (await once(starter.stdout, "data")) as [Buffer];
    assert.ok(isProcessAlive(Number(pid)));
    starter.kill("SIGKILL");
    const deadline = Date.now() + 5000;
    while (isProcessAlive(Number(pid)) && Date.now() < deadline) await delay(10);
    assert.ok(!isProcessAlive(Number(pid)));
    await removeEngines(dir);
  });
});
