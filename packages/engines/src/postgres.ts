import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chown, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client } from "pg";
import { type EnginePlace, type EngineProcess, type ExitListener, runEngine } from "./engine.ts";
import { exists, readIfPresent, writePrivateFile } from "./files.ts";
import { findPostgres, type PostgresBinaries } from "./find-postgres.ts";
import { engineHome, type Home, makePrivateFolder } from "./home.ts";
import { EngineProblem } from "./problem.ts";

export interface PostgresOptions {
  /** Everything it keeps: data, passwords, port, log. */
  dir: string;
  /** A free one by default, kept for the next start in the same folder. */
  port?: number;
  /** Another Postgres than the one that came as a package of npm. */
  binaries?: PostgresBinaries;
  /** Over the defaults, for this run: `{ fsync: "off" }`. */
  settings?: Record<string, string>;
  /** Called when it dies unasked. */
  onExit?: ExitListener;
}

export interface PostgresEngine extends EngineProcess {
  /** The database `condo` as its owner, who migrates and is no superuser. */
  readonly url: string;
  /** The database `postgres` as the superuser, for tests that make databases of their own. */
  readonly superuserUrl: string;
}

interface Passwords {
  postgres: string;
  condo_owner: string;
}

const run = promisify(execFile);
const database = "condo";
const defaults: Record<string, string> = {
  listen_addresses: "127.0.0.1",
  // TCP alone: a socket's path is bounded at some 100 bytes, a clone's is not.
  unix_socket_directories: "",
  max_connections: "200",
  shared_buffers: "128MB",
  timezone: "UTC",
  log_timezone: "UTC",
};

export function postgresPlace(home: string): EnginePlace {
  const dataDir = join(home, "data");
  return { dataDir, pidFile: join(dataDir, "postmaster.pid"), program: /postgres/, stopSignal: "SIGINT" };
}

/** Starts Postgres on 127.0.0.1, making its cluster the first time, and waits until it takes connections. */
export async function startPostgres(options: PostgresOptions): Promise<PostgresEngine> {
  const binaries = options.binaries ?? (await findPostgres());
  const home = await engineHome(options.dir);
  const place = postgresPlace(home.dir);
  const { dataDir } = place;
  const settings = { ...defaults, ...options.settings };
  const passwords = await keptPasswords(home.dir, dataDir);
  if (!(await exists(dataDir)))
    await makeCluster(binaries, home, dataDir, passwords.postgres, settings, options.binaries === undefined);

  const urlOf = (port: number, user: keyof Passwords, name: string): string =>
    `postgresql://${user}:${passwords[user]}@127.0.0.1:${port}/${name}`;

  const engine = await runEngine({
    name: "Postgres",
    ...place,
    home,
    command: (port) => ({
      file: binaries.postgres,
      env: binaries.env ?? {},
      args: ["-D", dataDir, ...settingFlags({ ...settings, port: String(port) })],
    }),
    answers: (port) => takesConnections(urlOf(port, "postgres", "postgres")),
    port: options.port,
    onExit: options.onExit,
  });

  const superuserUrl = urlOf(engine.port, "postgres", "postgres");
  try {
    await makeDatabase(superuserUrl, passwords.condo_owner);
  } catch (error) {
    await engine.stop();
    throw error;
  }
  return Object.assign(engine, { url: urlOf(engine.port, "condo_owner", database), superuserUrl });
}

function settingFlags(settings: Record<string, string>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

async function keptPasswords(homeDir: string, dataDir: string): Promise<Passwords> {
  const file = join(homeDir, "passwords.json");
  const kept = await readIfPresent(file);
  if (kept) return JSON.parse(kept) as Passwords;
  if (await exists(dataDir)) {
    throw new EngineProblem(
      `the passwords of the Postgres in ${homeDir} are gone: put ${file} back, or remove the folder`,
    );
  }
  const passwords = {
    postgres: randomBytes(24).toString("hex"),
    condo_owner: randomBytes(24).toString("hex"),
  };
  await writePrivateFile(file, JSON.stringify(passwords));
  return passwords;
}

async function makeCluster(
  binaries: PostgresBinaries,
  home: Home,
  dataDir: string,
  password: string,
  settings: Record<string, string>,
  hasBuiltinLocale: boolean,
): Promise<void> {
  const draft = `${dataDir}.new`;
  const passwordFile = join(home.dir, "initdb-password");
  await rm(draft, { recursive: true, force: true });
  await makePrivateFolder(draft, home.account);
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (home.account) await chown(passwordFile, home.account.uid, home.account.gid);
  const args = ["-D", draft, "-U", "postgres", `--pwfile=${passwordFile}`, "--auth=scram-sha-256"];
  args.push("--encoding=UTF8", "--locale=C");
  // The same order of text on every system, of which Postgres knows since 17.
  if (hasBuiltinLocale) args.push("--locale-provider=builtin", "--builtin-locale=C.UTF-8");
  if (settings["fsync"] === "off") args.push("--no-sync");
  try {
    await run(binaries.initdb, args, {
      cwd: draft,
      env: { PATH: process.env["PATH"], LC_ALL: "C", TZ: "UTC", ...binaries.env },
      ...home.account,
    });
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    const reason = (stderr?.trim() || message).split("\n").at(0);
    throw new EngineProblem(`Postgres could not make its data folder in ${home.dir}: ${reason}`, {
      cause: error,
    });
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(draft, dataDir);
}

/** Whether somebody can log in there. */
export async function takesConnections(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function makeDatabase(superuserUrl: string, ownerPassword: string): Promise<void> {
  const client = new Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    const { rowCount: isThere } = await client.query("select from pg_database where datname = $1", [
      database,
    ]);
    if (isThere) return;
    const { rowCount: hasOwner } = await client.query("select from pg_roles where rolname = 'condo_owner'");
    const password = client.escapeLiteral(ownerPassword);
    if (!hasOwner) await client.query(`create role condo_owner login createrole password ${password}`);
    await client.query(`create database ${database} owner condo_owner`);
  } finally {
    await client.end();
  }
}
