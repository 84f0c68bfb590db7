import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { RedisBinary } from "./find-redis.ts";

const run = promisify(execFile);
const folderName = "redis";
const aptLimitMs = 180_000;

/** The server that `downloadRedisWithApt` unpacked below this folder, there or not. */
export function aptRedisFolder(toolsDir: string): RedisBinary {
  const usr = join(toolsDir, folderName, "usr");
  return {
    file: join(usr, "bin/redis-server"),
    env: { LD_LIBRARY_PATH: libraryFolders(join(usr, "lib")).join(":") },
  };
}

/**
 * Debian's and Ubuntu's Redis with the libraries that are missing here, unpacked below `toolsDir`. Nothing is installed,
 * and no root is needed: apt-get works on lists and a cache of its own.
 */
export async function downloadRedisWithApt(aptGet: string, toolsDir: string): Promise<void> {
  const work = await mkdtemp(join(toolsDir, "apt-"));
  const apt = async (...args: string[]): Promise<string> => {
    const options = [
      `Dir::State::Lists=${work}/lists`,
      `Dir::Cache=${work}/cache`,
      "Debug::NoLocking=1",
      "APT::Sandbox::User=root",
    ].flatMap((option) => ["-o", option]);
    const { stdout } = await run(aptGet, ["-qq", ...options, ...args], { cwd: work, timeout: aptLimitMs });
    return stdout;
  };
  try {
    await Promise.all(
      ["lists/partial", "cache/archives/partial"].map((path) => mkdir(join(work, path), { recursive: true })),
    );
    await apt("update");
    const plan = await apt("--simulate", "--no-install-recommends", "install", "redis-server");
    const packages = [...plan.matchAll(/^Inst (\S+)/gm)].flatMap(([, name]) => name ?? []);
    await apt("download", ...packages);

    const unpacked = join(work, "unpacked");
    for (const file of await readdir(work)) {
      if (file.endsWith(".deb")) await run("dpkg", ["-x", join(work, file), unpacked]);
    }
    await chmod(unpacked, 0o755);
    const target = join(toolsDir, folderName);
    await rm(target, { recursive: true, force: true });
    await rename(unpacked, target);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function libraryFolders(lib: string): string[] {
  try {
    const folders = readdirSync(lib, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return [lib, ...folders.map((entry) => join(lib, entry.name))];
  } catch {
    return [lib];
  }
}
