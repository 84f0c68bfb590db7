import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { isPortFree } from "@condo/engines";
import { SetupProblem } from "./problem.ts";

const listening = "0A";

/** @throws SetupProblem that names the port and who has it */
export async function demandFreePort(port: number, wantedFor: string): Promise<void> {
  if (await isPortFree(port)) return;
  const holder = portHolder(port) ?? "another process";
  throw new SetupProblem(
    `port ${port}, wanted for ${wantedFor}, is taken by ${holder}: stop that, or choose other ports with --port or PORT`,
  );
}

/** The process that listens on a port, as a person would know it; undefined when the system doesn't say. */
function portHolder(port: number): string | undefined {
  const pid = process.platform === "linux" ? pidOnLinux(port) : pidByLsof(port);
  if (pid === undefined) return undefined;
  return `process ${pid} (${commandOf(pid)})`;
}

function pidOnLinux(port: number): number | undefined {
  const inodes = new Set(["tcp", "tcp6"].flatMap((table) => listeningInodes(`/proc/net/${table}`, port)));
  if (inodes.size === 0) return undefined;
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((pid) => openSockets(pid).some((inode) => inodes.has(inode)));
}

function listeningInodes(table: string, port: number): string[] {
  const hexPort = port.toString(16).toUpperCase().padStart(4, "0");
  return orElse([], () =>
    readFileSync(table, "utf8")
      .split("\n")
      .map((row) => row.trim().split(/\s+/))
      .filter(([, local, , state]) => state === listening && local?.endsWith(`:${hexPort}`))
      .flatMap((fields) => fields[9] ?? []),
  );
}

function openSockets(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return orElse([], () =>
    readdirSync(folder).flatMap((fd) => {
      const target = orElse("", () => readlinkSync(`${folder}/${fd}`));
      return /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? [];
    }),
  );
}

function pidByLsof(port: number): number | undefined {
  const answer = orElse("", () =>
    execFileSync("lsof", ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fp"], { encoding: "utf8" }),
  );
  const pid = /^p(\d+)$/m.exec(answer)?.[1];
  return pid === undefined ? undefined : Number(pid);
}

function commandOf(pid: number): string {
  const command =
    process.platform === "linux"
      ? orElse("", () => readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " "))
      : orElse("", () => execFileSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8" }));
  return command.trim() || "name unknown";
}

/** Processes come and go, and some are not ours to look at. */
function orElse<T>(fallback: T, look: () => T): T {
  try {
    return look();
  } catch {
    return fallback;
  }
}
