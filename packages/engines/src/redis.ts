import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { join } from "node:path";
import { type EnginePlace, type EngineProcess, type ExitListener, runEngine } from "./engine.ts";
import { readIfPresent, writePrivateFile } from "./files.ts";
import { findRedis, type FindRedisOptions } from "./find-redis.ts";
import { engineHome, makePrivateFolder } from "./home.ts";

export interface RedisOptions extends FindRedisOptions {
  /** Everything it keeps: data, password, port, log. */
  dir: string;
  /** A free one by default, kept for the next start in the same folder. */
  port?: number;
  /** False for a Redis that forgets; by default each write is on the disk before it is answered. */
  appendonly?: boolean;
  /** The one that was kept, or a new one, by default. */
  password?: string;
  /** Further lines of its configuration. */
  settings?: readonly string[];
  /** Called when it dies unasked. */
  onExit?: ExitListener;
}

export interface RedisEngine extends EngineProcess {
  readonly url: string;
}

export function redisPlace(home: string): EnginePlace {
  const dataDir = join(home, "data");
  return { dataDir, pidFile: join(dataDir, "redis.pid"), program: /redis|valkey/, stopSignal: "SIGTERM" };
}

/** Starts a Redis (or Valkey) server on 127.0.0.1 and waits until it answers. */
export async function startRedis(options: RedisOptions): Promise<RedisEngine> {
  const binary = await findRedis(options);
  const home = await engineHome(options.dir);
  const place = redisPlace(home.dir);
  const { dataDir, pidFile } = place;
  await makePrivateFolder(dataDir, home.account);
  const password = options.password ?? (await keptPassword(join(home.dir, "password")));

  const config = (port: number): string =>
    [
      "bind 127.0.0.1",
      `port ${port}`,
      `requirepass ${password}`,
      `dir ${JSON.stringify(dataDir)}`,
      `pidfile ${JSON.stringify(pidFile)}`,
      `appendonly ${options.appendonly === false ? "no" : "yes"}`,
      "appendfsync always",
      "maxmemory-policy noeviction",
      'save ""',
      ...(options.settings ?? []),
    ].join("\n");

  const engine = await runEngine({
    name: "Redis",
    ...place,
    home,
    // The password goes in by stdin: a command line can be read by every user of the machine.
    command: (port) => ({ file: binary.file, args: ["-"], input: config(port), env: binary.env }),
    answers: (port) => answersPing(port, password),
    port: options.port,
    onExit: options.onExit,
  });
  return Object.assign(engine, { url: `redis://:${password}@127.0.0.1:${engine.port}` });
}

async function keptPassword(file: string): Promise<string> {
  const kept = await readIfPresent(file);
  if (kept) return kept.trim();
  const password = randomBytes(24).toString("hex");
  await writePrivateFile(file, `${password}\n`);
  return password;
}

function answersPing(port: number, password: string): Promise<boolean> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(`AUTH ${password}\r\nPING\r\nQUIT\r\n`));
    socket.setTimeout(1000, () => socket.destroy());
    socket.on("data", (chunk) => (answer += String(chunk)));
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(answer.startsWith("+OK\r\n+PONG\r\n")));
  });
}
