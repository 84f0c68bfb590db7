import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { connect as dial, createServer as listen, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { before, mock, suite, test } from "node:test";
import { removeEngines, startPostgres } from "@condo/engines";
import { startHeartbeat } from "@condo/http";
import { createDrainGroup, intakeStreamOf } from "@condo/intake";
import { connectRedis, type RedisConnection } from "@condo/redis";
import { connect, newId, type Db } from "@condo/schema";
import { migrateToLatest } from "@condo/schema/migrate";
import { createSealer } from "@condo/secrets";
import { ensureKeys } from "@condo/signing-keys";
import {
  atEnd,
  createTestDatabase,
  createTestTenant,
  eventually,
  startTestRedis,
  testPasswords,
  type TestDatabase,
} from "@condo/testing";
import { sql } from "kysely";
import type { Finding } from "../src/doctor/finding.ts";
import { runCommand } from "../src/run-command.ts";

const masterKey = randomBytes(32).toString("base64");

let db: TestDatabase;
let superuser: Db;
let redis: RedisConnection;
let env: Record<string, string>;
/** What the gateway answers for `/health`. */
let services: Record<string, string> = { "identity-api": "ok", worker: "ok" };

before(async () => {
  db = await createTestDatabase({ apart: true });
  superuser = connect(db.superuserUrl, { poolSize: 1, applicationName: "doctor test" });
  const engine = await startTestRedis();
  redis = connectRedis(engine.url, { waits: true, onError: () => undefined });
  const stop = startHeartbeat(redis, "worker", "w1");
  await createDrainGroup(redis, 0);
  await ensureKeys(db.app, createSealer(masterKey), "EdDSA");
  const gateway = createServer((_request, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ status: "ok", services }));
  });
  await new Promise<void>((resolve) => gateway.listen(0, "127.0.0.1", resolve));
  atEnd(async () => {
    await stop();
    redis.disconnect();
    await superuser.destroy();
    await new Promise((resolve) => gateway.close(resolve));
  });
  env = {
    DATABASE_URL: db.platformUrl,
    REDIS_URL: engine.url,
    CONDO_MASTER_KEY: masterKey,
    CONDO_URL: `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`,
  };
});

async function examine(changes: Record<string, string> = {}, ...options: string[]) {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const args = ["--json", "doctor", ...options];
  const code = await runCommand(args, { env: { ...env, ...changes }, stdin, stdout, stderr });
  stdout.end();
  const { findings } = JSON.parse(await text(stdout)) as { findings: Finding[] };
  const of = (check: string) => findings.find((finding) => finding.check === check);
  return { code, findings, of };
}

/** Looks while something is broken, and sees it well again afterwards. */
async function broken(
  check: string,
  status: Finding["status"],
  says: RegExp,
  how: { hurt: () => Promise<unknown>; mend: () => Promise<unknown> },
): Promise<void> {
  await how.hurt();
  try {
    const { code, of } = await examine();
    const finding = of(check);
    assert.equal(finding?.status, status, JSON.stringify(finding));
    assert.match(finding.what, says);
    assert.ok(finding.why && finding.fix, "says why, and what to do");
    assert.equal(code, status === "problem" ? 1 : 0);
  } finally {
    await how.mend();
  }
  assert.equal((await examine()).of(check)?.status, "ok", "mended");
}

const asSuperuser = (statement: string) => () => sql.raw(statement).execute(superuser);
/** What Postgres itself answers, to the role of the doctor, where a function of its is overshadowed. */
const overshadowed = (definition: string) => ({
  hurt: asSuperuser(`create schema older; grant usage on schema older to public; ${definition};
    alter role condo_platform in database ${nameOf(db)} set search_path = older, pg_catalog, public`),
  mend: asSuperuser(
    `drop schema older cascade; alter role condo_platform in database ${nameOf(db)} reset search_path`,
  ),
});
const nameOf = (database: TestDatabase) => new URL(database.superuserUrl).pathname.slice(1);
const config = (name: string, value: string) => async () => redis.config("SET", name, value);

/** A way to a Redis on which its answers are changed, none of them in its length. */
async function startRelay(url: string, change: (answer: string) => string): Promise<string> {
  const { port, hostname } = new URL(url);
  const relay = listen((near) => {
    const far = dial(Number(port), hostname);
    for (const socket of [near, far]) socket.on("error", () => undefined);
    near.pipe(far);
    far.on("data", (chunk) => near.write(Buffer.from(change(chunk.toString("latin1")), "latin1")));
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
  });
  await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
  atEnd(async () => void relay.close());
  return url.replace(`:${port}`, `:${(relay.address() as AddressInfo).port}`);
}

suite("condo doctor", () => {
  test("finds nothing where nothing is wrong", async () => {
    const { code, findings } = await examine();
    assert.deepEqual(
      findings.filter(({ status }) => status !== "ok"),
      [],
    );
    assert.equal(code, 0);
    assert.ok(findings.length >= 20);
  });

  test("a migration that is missing", () =>
    broken("migrations", "problem", /1 migrations are not applied/, {
      hurt: asSuperuser(
        "create table kept as select * from condo_migrations; delete from condo_migrations where name = (select max(name) from condo_migrations)",
      ),
      mend: asSuperuser(
        "insert into condo_migrations select * from kept on conflict do nothing; drop table kept",
      ),
    }));

  test("a role that row level security does not hold for", () =>
    broken("service roles", "problem", /condo_app/, {
      hurt: asSuperuser("alter role condo_app bypassrls"),
      mend: asSuperuser("alter role condo_app nobypassrls"),
    }));

  test("a table whose owner row level security does not hold for", () =>
    broken("row level security", "problem", /users/, {
      hurt: asSuperuser("alter table users no force row level security"),
      mend: asSuperuser("alter table users force row level security"),
    }));

  test("a Redis that acknowledges what it may lose, or evicts, or is full", async () => {
    await broken("acknowledgement", "problem", /once a second/, {
      hurt: config("appendfsync", "everysec"),
      mend: config("appendfsync", "always"),
    });
    await broken("acknowledgement", "problem", /nothing on disk/, {
      hurt: config("appendonly", "no"),
      mend: config("appendonly", "yes"),
    });
    await broken("eviction", "problem", /allkeys-lru/, {
      hurt: config("maxmemory-policy", "allkeys-lru"),
      mend: config("maxmemory-policy", "noeviction"),
    });
    await broken("memory", "problem", /MiB/, {
      hurt: config("maxmemory", "1200000"),
      mend: config("maxmemory", "0"),
    });
  });

  test("an intake that nobody drains", () =>
    broken("intake", "problem", /1 accepted webhooks wait .*, the oldest for/, {
      hurt: async () => redis.xadd(intakeStreamOf(0), `${Date.now() - 600_000}-0`, "x", "y"),
      mend: async () => redis.xtrim(intakeStreamOf(0), "MAXLEN", 0),
    }));

  test("no worker", async () => {
    const { of } = await examine({ REDIS_URL: (await startTestRedis()).url });
    assert.equal(of("workers")?.status, "problem");
  });

  test("a master key that opens nothing", async () => {
    const { code, of } = await examine({ CONDO_MASTER_KEY: randomBytes(32).toString("base64") });
    assert.equal(of("master key")?.status, "problem");
    assert.match(of("master key")?.what ?? "", /the key that signs tokens/);
    assert.equal(code, 1);
  });

  test("keys that are missing, or old", async () => {
    await broken("signing keys", "warning", /since 1\d\d days/, {
      hurt: asSuperuser(
        "update signing_keys set state_changed_at = now() - interval '100 days' where state = 'current'",
      ),
      mend: asSuperuser("update signing_keys set state_changed_at = now() where state = 'current'"),
    });
    const none = await createTestDatabase();
    assert.equal((await examine({ DATABASE_URL: none.platformUrl })).of("signing keys")?.status, "ok");
    await broken("signing keys", "problem", /no next key/, {
      hurt: asSuperuser(
        "create table kept as select * from signing_keys where state = 'next'; delete from signing_keys where state = 'next'",
      ),
      mend: asSuperuser("insert into signing_keys select * from kept; drop table kept"),
    });
  });

  test("events, mails and audit entries that nobody takes further", async () => {
    const tenant = await createTestTenant(db.app);
    const id = newId();
    await broken("outbox", "problem", /wait for their stream, the oldest for 10 min/, {
      hurt: asSuperuser(
        `insert into outbox (id, tenant_id, type, data, created_at) values ('${id}', '${tenant.id}', 'tenant.updated', '{}', now() - interval '10 minutes')`,
      ),
      mend: asSuperuser("delete from outbox"),
    });
    await broken("mails", "problem", /wait to be sent, the oldest for 60 min/, {
      hurt: asSuperuser(
        `insert into mails (id, tenant_id, kind, recipient, created_at) values ('${id}', '${tenant.id}', 'password_reset', 'a@b.example', now() - interval '1 hour')`,
      ),
      mend: asSuperuser("delete from mails"),
    });
    await broken("audit chain", "problem", /wait for their link/, {
      hurt: asSuperuser(
        `insert into audit_logs (id, tenant_id, actor_type, action, subject_type, created_at) values ('${id}', '${tenant.id}', 'operator', 'x', 'tenant', now() - interval '1 hour')`,
      ),
      mend: asSuperuser("delete from audit_unchained"),
    });
  });

  test("deliveries that are late, given up, or held back", async () => {
    const tenant = await createTestTenant(db.app);
    const [destination, event] = [newId(), newId()];
    await asSuperuser(
      `insert into webhook_destinations (id, tenant_id, name, url, event_types) values ('${destination}', '${tenant.id}', 'd', 'https://acme.example', '{*}')`,
    )();
    const deliver = (status: string, column: string, ago: string) =>
      asSuperuser(
        `insert into webhook_deliveries (id, tenant_id, event_id, destination_id, status, ${column}) values ('${newId()}', '${tenant.id}', '${event}', '${destination}', '${status}', now() - interval '${ago}')`,
      );
    await broken("deliveries", "problem", /1 deliveries are due, the oldest for 60 min/, {
      hurt: deliver("pending", "next_attempt_at", "1 hour"),
      mend: asSuperuser("delete from webhook_deliveries"),
    });
    await broken("dead letters", "warning", /^1 deliveries were given up/, {
      hurt: deliver("dead", "completed_at", "1 hour"),
      mend: asSuperuser("delete from webhook_deliveries"),
    });
    await broken("breakers", "warning", /1 circuit breakers are open/, {
      hurt: asSuperuser(
        `insert into circuit_breakers (tenant_id, destination_id, state, opened_at) values ('${tenant.id}', '${destination}', 'open', now())`,
      ),
      mend: asSuperuser("delete from circuit_breakers"),
    });
  });

  test("partitions that nobody made", () =>
    broken("partitions", "problem", /for 0 weeks to come/, {
      hurt: asSuperuser(`do $$ declare part text; begin
        for part in select relname from pg_class where relname ~ '^webhook_events_[0-9]{8}$' and to_date(right(relname, 8), 'YYYYMMDD') > now()
        loop execute format('alter table %I rename to %I', part, 'kept_' || part); end loop; end $$`),
      mend: asSuperuser(`do $$ declare part text; begin
        for part in select relname from pg_class where relname ~ '^kept_webhook_events_[0-9]{8}$'
        loop execute format('alter table %I rename to %I', part, substr(part, 6)); end loop; end $$`),
    }));

  test("a Postgres of another age", () =>
    broken(
      "postgres",
      "problem",
      /Postgres is 14\.2/,
      overshadowed(`create function older.current_setting(name text) returns text language sql as
        $$ select case name when 'server_version_num' then '140002' when 'server_version' then '14.2'
          else pg_catalog.current_setting(name) end $$`),
    ));

  test("a Redis of another age", async () => {
    const old = await startRelay(env["REDIS_URL"] ?? "", (answer) =>
      answer.replaceAll(/((?:redis|valkey)_version:)\d/g, "$16"),
    );
    const { of } = await examine({ REDIS_URL: old });
    assert.equal(of("redis")?.status, "problem", JSON.stringify(of("redis")));
    assert.match(of("redis")?.what ?? "", /^Redis is 6\./);
    assert.equal(of("intake")?.status, "ok");
  });

  test("a machine whose clock is wrong", async () => {
    const RealDate = Date;
    const wrong = {
      hurt: async () => mock.timers.enable({ apis: ["Date"], now: RealDate.now() + 3_600_000 }),
      mend: async () => mock.timers.reset(),
    };
    await broken("clock", "problem", /Postgres and this machine are 60 min apart/, wrong);
    await broken("redis clock", "problem", /Redis and this machine are 60 min apart/, wrong);
  });

  test("connections that run out: of the database, of a role", async () => {
    const holders = connect(db.appUrl, { poolSize: 12, applicationName: "holders" });
    const hold = async () =>
      void (await Promise.all(Array.from({ length: 12 }, () => sql`select pg_sleep(0.2)`.execute(holders))));
    await hold();
    try {
      await broken("connections", "warning", /\d\d of the 16 connections of this database are in use/, {
        hurt: asSuperuser(`alter database ${nameOf(db)} connection limit 16`),
        mend: asSuperuser(`alter database ${nameOf(db)} connection limit -1`),
      });
      await broken("connections", "warning", /\d\d of the 12 connections of the role condo_app are in use/, {
        hurt: asSuperuser("alter role condo_app connection limit 12"),
        mend: asSuperuser("alter role condo_app connection limit -1"),
      });
    } finally {
      await holders.destroy();
    }
  });

  test("an entry of the intake that can't be recorded", () =>
    broken("poison entries", "problem", /^1 entries of the intake could not be recorded/, {
      hurt: asSuperuser(
        `insert into webhook_poison (id, reason, entry) values ('${newId()}', 'unreadable', 'x')`,
      ),
      mend: asSuperuser("delete from webhook_poison"),
    }));

  test("a disk with too little room, and a folder that is gone", async () => {
    const data = await mkdtemp(join(tmpdir(), "condo-doctor-"));
    atEnd(async () => rm(data, { recursive: true, force: true }));
    const beside = [data, tmpdir()].join(delimiter);
    const roomy = await examine({ CONDO_DATA_DIRS: beside }, "--disk-free", "0");
    assert.equal(roomy.of("disk")?.status, "ok");
    assert.match(roomy.of("disk")?.what ?? "", /^[\d.]+ [GM]iB \(\d+ %\).* free below [^;]*$/);
    const tight = await examine({ CONDO_DATA_DIRS: data }, "--disk-free", "100");
    assert.equal(tight.of("disk")?.status, "problem");
    assert.equal(tight.code, 1);
    const gone = await examine({ CONDO_DATA_DIRS: [data, join(data, "gone")].join(delimiter) });
    assert.match(gone.of("disk")?.what ?? "", /Could not be looked at: ENOENT/);
    for (const wrong of ["", "many", "101", "-1", "NaN"]) {
      const terminal = {
        env,
        stdin: new PassThrough(),
        stdout: new PassThrough(),
        stderr: new PassThrough(),
      };
      assert.equal(await runCommand(["doctor", `--disk-free=${wrong}`], terminal), 2, wrong);
    }
  });

  test("a replication slot that nobody reads", () =>
    broken("postgres storage", "warning", /the replication slot doctor_test, for which \d+ MiB/, {
      hurt: asSuperuser("select pg_create_physical_replication_slot('doctor_test', true)"),
      mend: asSuperuser("select pg_drop_replication_slot('doctor_test')"),
    }));

  test("a Postgres that can't archive its WAL", async () => {
    const dir = await mkdtemp(join(tmpdir(), "condo-doctor-postgres-"));
    atEnd(() => removeEngines(dir));
    const settings = { fsync: "off", archive_mode: "on", archive_command: "false" };
    const postgres = await startPostgres({ dir, settings });
    await migrateToLatest(postgres.url, testPasswords);
    const changes = { DATABASE_URL: postgres.url, CONDO_MASTER_KEY: "" };
    const its = connect(new URL("/condo", postgres.superuserUrl).href, { poolSize: 1 });
    await sql`select pg_switch_wal()`.execute(its);
    await eventually("it has tried", async () => {
      const { rows } = await sql<{ n: string }>`select failed_count as n from pg_stat_archiver`.execute(its);
      return Number(rows[0]?.n) > 0;
    });
    await its.destroy();
    const { of } = await examine(changes);
    assert.equal(of("postgres storage")?.status, "problem", JSON.stringify(of("postgres storage")));
    assert.match(of("postgres storage")?.what ?? "", /WAL could not be archived/);
  });

  test("a Redis that can't write its files", async () => {
    const [, data = ""] = await redis.config("GET", "dir");
    const inTheWay = join(data, "dump.rdb");
    const save = async (expected: string) => {
      await redis.bgsave();
      await eventually("it was saved, or not", async () => {
        const info = await redis.info("persistence");
        return (
          info.includes("rdb_bgsave_in_progress:0") && info.includes(`rdb_last_bgsave_status:${expected}`)
        );
      });
    };
    await broken("redis storage", "problem", /could not write to its disk \(rdb_last_bgsave\)/, {
      hurt: async () => {
        await mkdir(join(inTheWay, "full"), { recursive: true });
        await save("err");
      },
      mend: async () => {
        await rm(inTheWay, { recursive: true });
        await save("ok");
      },
    });
  });

  test("an engine that is away is one finding, and the rest is looked at", async () => {
    const away = await startTestRedis();
    const without = async (changes: Record<string, string>, check: string, says: RegExp, unseen: string) => {
      const { code, findings, of } = await examine(changes);
      assert.equal(code, 1);
      assert.deepEqual(
        findings.filter(({ status }) => status !== "ok").map((finding) => finding.check),
        [check],
      );
      assert.match(of(check)?.what ?? "", says);
      assert.ok(of(check)?.why?.includes(unseen), of(check)?.why);
    };
    const nowhere = new URL(db.platformUrl);
    nowhere.port = "9";
    await without(
      { DATABASE_URL: nowhere.href },
      "postgres",
      /does not answer \(ECONNREFUSED\)/,
      "dead letters",
    );
    const curt = listen((socket) => socket.destroy()).listen(0, "127.0.0.1");
    await once(curt, "listening");
    nowhere.port = String((curt.address() as AddressInfo).port);
    await without(
      { DATABASE_URL: nowhere.href },
      "postgres",
      /does not answer \(.*(terminated|ECONNRESET)/,
      "migrations",
    );
    curt.close();
    await without({ DATABASE_URL: "" }, "postgres", /DATABASE_URL is missing/, "migrations");
    await away.stop();
    await without(
      { REDIS_URL: away.url },
      "redis",
      /does not answer well \(.*ECONNREFUSED/,
      "intake, redis storage",
    );
  });

  test("services that are away, settings that can't be right, secrets that anybody guesses", async () => {
    await broken("services", "problem", /worker is unavailable/, {
      hurt: async () => (services = { ...services, worker: "unavailable" }),
      mend: async () => (services = { ...services, worker: "ok" }),
    });
    const tries: [Record<string, string>, string, Finding["status"], RegExp][] = [
      [{ CONDO_URL: "http://127.0.0.1:9" }, "services", "problem", /does not answer/],
      [{ PUBLIC_URL: "http://condo.example" }, "configuration", "problem", /PUBLIC_URL/],
      [{ PUBLIC_URL: "https://condo.example" }, "configuration", "warning", /TRUST_PROXY/],
      [{ TRUST_PROXY: "everybody" }, "configuration", "problem", /TRUST_PROXY.*\(every service\)/],
      [{ DELIVERY_JITTER: "some" }, "configuration", "problem", /^DELIVERY_JITTER: .* \(worker\)$/],
      [{ INTAKE_SHARDS: "0" }, "configuration", "problem", /INTAKE_SHARDS.*tenant-api, .*worker\)/],
      [{ NODE_ENV: "production", APP_URL: "x" }, "configuration", "problem", /^APP_URL.*\(identity-api\)$/],
      [{ SMTP_URL: "smtp://mail:changeme@mail.example" }, "weak secrets", "problem", /SMTP_URL/],
      [{ REDIS_URL: "" }, "redis", "warning", /REDIS_URL is not set/],
      [{ REDIS_URL: (env["REDIS_URL"] ?? "").replace("@", "x@") }, "redis", "problem", /WRONGPASS/],
      [{ REDIS_URL: "http://127.0.0.1" }, "redis", "problem", /should be redis/],
    ];
    for (const [changes, check, status, says] of tries) {
      const { code, of } = await examine(changes);
      assert.equal(of(check)?.status, status, JSON.stringify(of(check)));
      assert.match(of(check)?.what ?? "", says);
      if (status === "problem") assert.equal(code, 1);
    }
  });

  test("variables that are a slip away from a setting, and not those that have another meaning", async () => {
    const said = async (changes: Record<string, string>): Promise<string | undefined> => {
      const { code, of } = await examine(changes);
      assert.equal(code, 0);
      return of("misspelt variables")?.status === "ok" ? undefined : of("misspelt variables")?.what;
    };
    assert.equal(await said({ DELIVERY_CONCURENCY: "5" }), "DELIVERY_CONCURENCY (DELIVERY_CONCURRENCY?)");
    assert.equal(
      await said({ REDSI_URL: "redis://x", log_level: "warn" }),
      "REDSI_URL (REDIS_URL?), log_level (LOG_LEVEL?)",
    );
    assert.equal(await said({ LOG_LEVEL: "warn" }), undefined);
    assert.equal(await said({ HOST: "x", PGPORT: "5432", REDIS_PORT: "1", DATABASE_NAME: "y" }), undefined);
  });

  test("tells people in lines", async () => {
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
    const weak = { ...env, CONDO_MASTER_KEY: "" };
    assert.equal(await runCommand(["doctor"], { env: weak, stdin, stdout, stderr }), 0);
    stdout.end();
    const said = await text(stdout);
    assert.match(said, /^✓ postgres +Postgres \d+.* answers$/m);
    assert.match(said, /^! master key +Not looked at.*\n {22}.*\n {22}→ Set CONDO_MASTER_KEY/m);
    assert.match(said, /\d+ checks, 0 problems, 1 warnings/);
  });
});
