import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chown, cp, mkdir, mkdtemp, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { promisify } from "node:util";
import { registerTenant, standardHeaders, standardSecret, startReceiver } from "@condo/e2e";
import {
  findPostgresTools,
  type PostgresEngine,
  type PostgresTools,
  removeEngines,
  startPostgres,
  startRedis,
} from "@condo/engines";
import { type Fleet, startFleet } from "@condo/local/fleet";
import { atEnd, eventually } from "@condo/testing";
import { Redis } from "ioredis";

const run = promisify(execFile);
const before = 30;
const unrecorded = 20;
const retries = Array(60).fill(1_000).join(",");

interface Installation {
  dir: string;
  postgres: PostgresEngine;
  fleet: Fleet;
}

/**
 * The steps of infra/operating.md, "Back up": Redis first, so that what is recorded meanwhile is in both, not in neither.
 *
 * @param meanwhile what happens between the two
 */
async function backUp(
  { dir, postgres, fleet }: Installation,
  tools: PostgresTools,
  meanwhile: () => Promise<void>,
): Promise<string> {
  const backup = join(dir, "backup");
  await mkdir(backup);
  await withoutRewrites(fleet.redisUrl, () =>
    cp(join(fleet.redis?.home ?? dir, "data/appendonlydir"), join(backup, "appendonlydir"), {
      recursive: true,
    }),
  );
  await meanwhile();

  const env = { PATH: process.env["PATH"], ...tools.env };
  const url = databaseOf(postgres);
  await run(
    tools.pgDumpall,
    ["--globals-only", "--no-role-passwords", "--file", join(backup, "roles.sql"), "--dbname", url],
    {
      env,
    },
  );
  await run(tools.pgDump, ["--format", "custom", "--file", join(backup, "condo.dump"), url], { env });
  await cp(join(dir, "secrets.json"), join(backup, "secrets.json"));
  return backup;
}

/** A rewrite replaces the files of the log while they are copied. */
async function withoutRewrites(redisUrl: string, work: () => Promise<void>): Promise<void> {
  const redis = new Redis(redisUrl);
  try {
    await redis.config("SET", "auto-aof-rewrite-percentage", "0");
    await eventually("no rewrite is under way", async () =>
      /aof_rewrite_in_progress:0/.test(await redis.info("persistence")),
    );
    await work();
    await redis.config("SET", "auto-aof-rewrite-percentage", "100");
  } finally {
    redis.disconnect();
  }
}

/** "Restore", into engines that have never held anything. */
async function restore(backup: string, dir: string, tools: PostgresTools): Promise<Installation> {
  const postgres = await startPostgres({ dir: join(dir, "postgres"), binaries: tools });
  const env = { PATH: process.env["PATH"], ...tools.env };
  const url = databaseOf(postgres);
  // The roles that a new cluster has already are told of, and stay.
  await run(tools.psql, ["--quiet", "--file", join(backup, "roles.sql"), url], { env });
  await run(tools.pgRestore, ["--exit-on-error", "--dbname", url, join(backup, "condo.dump")], { env });

  const fresh = await startRedis({ dir: join(dir, "redis") });
  await fresh.stop();
  const data = join(fresh.home, "data");
  await cp(join(backup, "appendonlydir"), join(data, "appendonlydir"), { recursive: true, force: true });
  if (process.getuid?.() === 0) {
    for (const name of ["", ...(await readdir(join(data, "appendonlydir")))]) {
      await chown(join(data, "appendonlydir", name), 65_534, 65_534);
    }
  }
  await fresh.restart();
  assert.equal(await countEntries(fresh.url), unrecorded);
  await fresh.stop();
  await cp(join(backup, "secrets.json"), join(dir, "secrets.json"));
  return { dir, postgres, fleet: await start(dir, postgres) };
}

/** What waits in the intake to be recorded. */
async function countEntries(redisUrl: string): Promise<number> {
  const redis = new Redis(redisUrl);
  try {
    const streams = await redis.keys("{intake:*}");
    const lengths = await Promise.all(streams.map((stream) => redis.xlen(stream)));
    return lengths.reduce((sum, length) => sum + length, 0);
  } finally {
    redis.disconnect();
  }
}

function databaseOf(postgres: PostgresEngine): string {
  const url = new URL(postgres.superuserUrl);
  url.pathname = "/condo";
  return url.href;
}

function start(dir: string, postgres: PostgresEngine): Promise<Fleet> {
  return startFleet({
    dir,
    port: 0,
    databaseUrl: postgres.url,
    env: { DELIVERY_SCHEDULE_MS: retries, BREAKER_OPEN_MS: "200", BREAKER_OPEN_MAX_MS: "500" },
  });
}

async function scratch(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "condo-backup-"));
  atEnd(() => removeEngines(dir));
  return dir;
}

suite("backup and restore", { timeout: 120_000 }, () => {
  test("into empty engines: nothing that was acknowledged is missing", async () => {
    const tools = await findPostgresTools();
    const dir = await scratch();
    const postgres = await startPostgres({ dir: join(dir, "postgres"), binaries: tools });
    const first: Installation = { dir, postgres, fleet: await start(dir, postgres) };
    atEnd(() => first.fleet.close());
    const receiver = await startReceiver();
    receiver.answer = () => 503;
    const tenant = await registerTenant(first.fleet.origin);
    const secret = standardSecret();
    await tenant.createSource("orders", "standard-webhooks", secret);
    await tenant.createDestination(receiver.url);

    const acknowledged: string[] = [];
    const post = async (): Promise<void> => {
      const body = JSON.stringify({ type: "order.created" });
      const answer = await tenant.post("orders", body, standardHeaders(secret, `msg_${randomUUID()}`, body));
      assert.equal(answer.status, 202);
      acknowledged.push(answer.body.id);
    };
    await Promise.all(Array.from({ length: before }, post));
    const recorded = async (installation: Installation): Promise<number> => {
      const env = { PATH: process.env["PATH"], ...tools.env };
      const count = ["--tuples-only", "--no-align", "--command", "select count(*) from webhook_events"];
      const { stdout } = await run(tools.psql, [...count, databaseOf(installation.postgres)], { env });
      return Number(stdout);
    };
    await eventually("they are recorded", async () => (await recorded(first)) === before);
    // The worker takes them off the intake after the commit: killed in between, it leaves them in both.
    await eventually("none waits", async () => (await countEntries(first.fleet.redisUrl)) === 0);
    first.fleet.autoRestart = false;
    await first.fleet.services.worker.kill();
    await Promise.all(Array.from({ length: unrecorded }, post));

    const backup = await backUp(first, tools, async () => {
      await first.fleet.services.worker.start();
      await eventually("the rest is recorded", async () => (await recorded(first)) === acknowledged.length);
    });
    await first.fleet.close();
    await postgres.stop();
    receiver.received.length = 0;
    receiver.answer = () => 200;

    const second = await restore(backup, await scratch(), tools);
    atEnd(async () => {
      await second.fleet.close();
      await second.postgres.stop();
    });
    await eventually(
      `all ${acknowledged.length} are delivered`,
      async () => {
        const delivered = new Set(receiver.received.map(({ headers }) => headers["webhook-id"]));
        return acknowledged.every((id) => delivered.has(id));
      },
      30_000,
    );
    assert.equal(await recorded(second), acknowledged.length, "what was in both is there once");
  });
});
