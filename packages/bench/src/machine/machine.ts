import { closeSync, fsyncSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { cpus, loadavg, release, totalmem, type } from "node:os";
import { join } from "node:path";
import type { Fleet } from "@condo/local/fleet";
import { Redis } from "ioredis";
import { Client } from "pg";
import { spreadOf, type Spread } from "../spread.ts";

/** What the figures were taken on: without it they say little. */
export interface Machine {
  cores: number;
  processor: string;
  memoryGb: number;
  /** The operating system and its version. */
  system: string;
  node: string;
  /** When, in UTC. */
  takenAt: string;
  /** Of the minute before: what else ran. */
  loadAverage: number;
  /** Time of one small write and its fsync, in milliseconds. */
  fsyncMs: Spread;
}

/** What runs, and what its word that something is stored is worth. */
export interface Engines {
  services: Record<string, string>;
  postgres: Record<string, string>;
  redis: Record<string, string>;
}

const fsyncs = 50;

export function describeMachine(dir: string): Machine {
  const [first] = cpus();
  return {
    cores: cpus().length,
    processor: first?.model.trim() ?? "unknown",
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.version,
    takenAt: new Date().toISOString(),
    loadAverage: loadavg()[0] ?? 0,
    fsyncMs: fsyncCost(dir),
  };
}

function fsyncCost(dir: string): Spread {
  mkdirSync(dir, { recursive: true });
  const file = join(dir, "fsync");
  const descriptor = openSync(file, "w");
  const page = Buffer.alloc(4096, 1);
  const taken = Array.from({ length: fsyncs }, () => {
    const start = performance.now();
    writeSync(descriptor, page);
    fsyncSync(descriptor);
    return performance.now() - start;
  });
  closeSync(descriptor);
  rmSync(file);
  return spreadOf(taken);
}

/** @param services the settings that they have */
export async function describeEngines(
  { databaseUrl, redisUrl }: Fleet,
  services: Record<string, string>,
): Promise<Engines> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  const postgres: Record<string, string> = {};
  for (const name of [
    "server_version",
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "shared_buffers",
  ]) {
    const { rows } = await client.query<{ value: string }>("select current_setting($1) as value", [name]);
    postgres[name] = rows[0]?.value ?? "";
  }
  await client.end();

  const redis = new Redis(redisUrl);
  const version = /redis_version:(\S+)/.exec(await redis.info("server"))?.[1] ?? "";
  const settings = ["appendonly", "appendfsync", "maxmemory-policy"];
  const values = await Promise.all(settings.map((name) => redis.config("GET", name)));
  redis.disconnect();
  return {
    services,
    postgres,
    redis: {
      redis_version: version,
      ...Object.fromEntries(settings.map((name, index) => [name, settingIn(values[index])])),
    },
  };
}

/** CONFIG GET answers a list or a map, as the protocol's version has it. */
function settingIn(answer: unknown): string {
  return String(Array.isArray(answer) ? answer[1] : Object.values(answer as object)[0]);
}
