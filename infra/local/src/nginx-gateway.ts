import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { endWithUs, findProgram, type Program } from "@condo/engines";
import { root } from "./paths.ts";
import { takesConnections } from "./takes-connections.ts";

export interface NginxOptions {
  /** Where each service of `upstreams.conf` is, as host:port. */
  upstreams: Record<"identity-api:8081" | "tenant-api:8082" | "webhook-ingest:8083", string>;
  /** What it listens on, of 127.0.0.1. */
  port: number;
  /** Which of the two ways to listen is tried. */
  servers: "servers.conf" | "behind-a-balancer.conf";
  /** What else is put in place of what, in all files: ports and paths of an installation. */
  replacements?: readonly (readonly [from: string, to: string])[];
}

export interface Nginx {
  process: ChildProcess;
  /** Each request that was answered, a line of JSON each. */
  accessLog(): Promise<string>;
  /** Ends it as a container's end does, and removes its files. */
  stop(): Promise<void>;
}

const shutdownLimit = "worker_shutdown_timeout 20s";

const pollMs = 10;

/**
 * Runs nginx with the configuration of an installation on this machine, and waits until it listens.
 *
 * @throws EngineProblem when there is no nginx and no way to get one
 */
export async function startNginx(options: NginxOptions): Promise<Nginx> {
  const program = await findProgram({ program: "nginx", package: "nginx", probe: ["-v"] });
  const dir = await mkdtemp(join(tmpdir(), "condo-nginx-"));
  try {
    return await runNginx(program, dir, options);
  } catch (error) {
    await rm(dir, { recursive: true, force: true });
    throw error;
  }
}

async function runNginx({ file, env }: Program, dir: string, options: NginxOptions): Promise<Nginx> {
  const conf = join(dir, "conf");
  const accessLog = join(dir, "access.log");
  await cp(join(root, "infra/gateway"), conf, { recursive: true });
  const replacements = [
    ...Object.entries(options.upstreams),
    ...(options.replacements ?? []),
    ["/dev/stdout", accessLog],
    // Not everybody may raise it.
    ["worker_rlimit_nofile 65536;", ""],
    [shutdownLimit, shutdownLimit.replace("20s", "1s")],
  ] as const;
  for (const name of ["nginx.conf", "servers.conf", "site.conf", "upstreams.conf"]) {
    const source = name === "servers.conf" ? options.servers : name;
    const text = await readFile(join(conf, source), "utf8");
    const changed = replacements.reduce((sum, [from, to]) => sum.replaceAll(from, to), text);
    await writeFile(join(conf, name), changed);
  }

  const settings = ["daemon off;", ...(process.getuid?.() === 0 ? ["user root;"] : [])].join(" ");
  const nginx = spawn(file, ["-p", dir, "-c", join(conf, "nginx.conf"), "-g", settings], {
    env: { PATH: process.env["PATH"], ...env },
    stdio: ["ignore", "inherit", "inherit"],
  });
  endWithUs(nginx, "SIGTERM");
  while (!(await takesConnections(options.port))) {
    if (nginx.exitCode !== null) throw new Error(`nginx ended with exit code ${nginx.exitCode}`);
    await delay(pollMs);
  }
  return {
    process: nginx,
    accessLog: () => readFile(accessLog, "utf8"),
    async stop() {
      if (nginx.exitCode === null && nginx.signalCode === null) {
        const exit = once(nginx, "exit");
        nginx.kill("SIGQUIT");
        await exit;
      }
      await rm(dir, { recursive: true, force: true });
    },
  };
}
