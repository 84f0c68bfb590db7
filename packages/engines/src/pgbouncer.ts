import { chownSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type EnginePlace, type EngineProcess, runEngine } from "./engine.ts";
import { findProgram } from "./find-program.ts";
import { engineHome, makePrivateFolder } from "./home.ts";
import { takesConnections } from "./postgres.ts";

export interface PgbouncerOptions {
  /** Everything it keeps: configuration, passwords, port, log. */
  dir: string;
  /** What it stands before, as each of the roles that may come through it; all of one database. */
  urls: readonly string[];
  /** Connections to Postgres at most, for each role. */
  poolSize?: number;
}

export interface PgbouncerEngine extends EngineProcess {
  /** A URL of one of the roles, with the way through the pooler in place of the direct one. */
  through: (this: void, url: string) => string;
}

const defaultPoolSize = 8;

export function pgbouncerPlace(home: string): EnginePlace {
  const dataDir = join(home, "data");
  return {
    dataDir,
    pidFile: join(dataDir, "pgbouncer.pid"),
    program: /pgbouncer/,
    stopSignal: "SIGINT",
  };
}

/** Starts PgBouncer in transaction mode on 127.0.0.1, in front of a Postgres, and waits until it takes connections. */
export async function startPgbouncer(options: PgbouncerOptions): Promise<PgbouncerEngine> {
  const upstream = options.urls.map((url) => new URL(url));
  const [first] = upstream;
  if (!first) throw new TypeError("A pooler has to know the roles that may come through it");
  const binary = await findProgram({ program: "pgbouncer", package: "pgbouncer", probe: ["--version"] });
  const home = await engineHome(options.dir);
  const place = pgbouncerPlace(home.dir);
  const { dataDir, pidFile } = place;
  await makePrivateFolder(dataDir, home.account);

  function writeForIt(name: string, lines: readonly string[]): string {
    const file = join(dataDir, name);
    writeFileSync(file, `${lines.join("\n")}\n`, { mode: 0o600 });
    if (home.account) chownSync(file, home.account.uid, home.account.gid);
    return file;
  }
  const users = writeForIt(
    "users.txt",
    upstream.map(({ username, password }) => `"${username}" "${decodeURIComponent(password)}"`),
  );
  const config = (port: number): string[] => [
    "[databases]",
    `* = host=${first.hostname} port=${first.port}`,
    "[pgbouncer]",
    "pool_mode = transaction",
    `default_pool_size = ${options.poolSize ?? defaultPoolSize}`,
    "max_client_conn = 1000",
    "listen_addr = 127.0.0.1",
    `listen_port = ${port}`,
    "unix_socket_dir =",
    "auth_type = scram-sha-256",
    `auth_file = ${users}`,
    `pidfile = ${pidFile}`,
  ];

  const throughPort = (url: string, port: number): string => {
    const changed = new URL(url);
    changed.hostname = "127.0.0.1";
    changed.port = String(port);
    return changed.href;
  };
  const engine = await runEngine({
    name: "PgBouncer",
    ...place,
    home,
    command: (port) => ({
      file: binary.file,
      args: [writeForIt("pgbouncer.ini", config(port))],
      env: binary.env,
    }),
    answers: (port) => takesConnections(throughPort(first.href, port)),
  });
  return Object.assign(engine, { through: (url: string) => throughPort(url, engine.port) });
}
