import { execFile } from "node:child_process";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { packagesFolder, type Program, unpackedPackage, unpackWithApt } from "./debian-package.ts";
import { exists, onPath } from "./files.ts";
import { engineAccount } from "./home.ts";
import { EngineProblem } from "./problem.ts";

export interface FindRedisOptions {
  /** Folders to look in, as PATH has them. */
  path?: string | undefined;
  /** Where a downloaded server is kept, and looked for. */
  toolsDir?: string | undefined;
}

const run = promisify(execFile);
const programs = ["valkey-server", "redis-server"];
const packageName = "redis";
/** The first with XAUTOCLAIM, which consumers need to take over from a dead one. */
const oldestVersion = [6, 2] as const;

/** The command that installs a server here, by the package manager that is found. */
const remedies: Record<string, string> = {
  brew: "brew install valkey",
  "apt-get": "sudo apt-get install redis-server",
  dnf: "sudo dnf install valkey",
  apk: "sudo apk add valkey",
  pacman: "sudo pacman -S valkey",
  zypper: "sudo zypper install redis",
};

/** A Redis or Valkey server: the system's own, or Debian's package unpacked below `.condo/tools`. */
export async function findRedis(options: FindRedisOptions = {}): Promise<Program> {
  const path = options.path ?? process.env["PATH"] ?? "";
  for (const folder of path.split(delimiter).filter(Boolean)) {
    for (const program of programs) {
      const found = await usable({ file: join(folder, program), env: {} });
      if (found) return found;
    }
  }

  const packagesDir = await packagesFolder(options.toolsDir);
  const unpacked = await usable(packaged(packagesDir));
  if (unpacked) return unpacked;

  if (!(await onPath("apt-get", path))) {
    throw new EngineProblem(await missing(path, "no Redis or Valkey server here"));
  }
  try {
    await unpackWithApt(path, packagesDir, packageName, ["redis-server"]);
  } catch (error) {
    const reason = (error as Error).message;
    throw new EngineProblem(await missing(path, `no Redis or Valkey server here, and ${reason}`), {
      cause: error,
    });
  }
  const downloaded = await usable(packaged(packagesDir));
  if (downloaded) return downloaded;
  throw new EngineProblem(await missing(path, "the Redis server that apt-get downloaded does not run here"));
}

function packaged(packagesDir: string): Program {
  const { root, env } = unpackedPackage(packagesDir, packageName);
  return { file: join(root, "usr/bin/redis-server"), env };
}

async function usable(binary: Program): Promise<Program | undefined> {
  if (!(await exists(binary.file))) return undefined;
  try {
    const { stdout } = await run(binary.file, ["--version"], {
      cwd: "/",
      env: { PATH: process.env["PATH"], ...binary.env },
      ...engineAccount(),
    });
    const [major = 0, minor = 0] = (/v=(\d+)\.(\d+)/.exec(stdout) ?? []).slice(1).map(Number);
    const [oldestMajor, oldestMinor] = oldestVersion;
    return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor) ? binary : undefined;
  } catch {
    return undefined;
  }
}

async function missing(path: string, what: string): Promise<string> {
  let remedy = `install Redis ${oldestVersion.join(".")} or newer`;
  for (const [manager, command] of Object.entries(remedies)) {
    if (await onPath(manager, path)) {
      remedy = `run \`${process.getuid?.() === 0 ? command.replace("sudo ", "") : command}\``;
      break;
    }
  }
  return `${what}: ${remedy}, or set REDIS_URL to a server of your own`;
}
