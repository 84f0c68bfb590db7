import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { exists, onPath, unlessThere } from "./files.ts";
import { engineHome } from "./home.ts";
import { EngineProblem } from "./problem.ts";

/** A program, and what it needs in its environment to find its libraries. */
export interface Program {
  file: string;
  env: NodeJS.ProcessEnv;
}

/** What a package of Debian brought. */
export interface UnpackedPackage {
  /** What would be `/` if it were installed. */
  root: string;
  env: NodeJS.ProcessEnv;
}

const run = promisify(execFile);
const aptLimitMs = 180_000;
const workspaceTools = join(import.meta.dirname, "../../../.condo/tools");

/** The folder below which packages are unpacked. */
export async function packagesFolder(toolsDir: string = workspaceTools): Promise<string> {
  return (await engineHome(toolsDir)).dir;
}

/** A package that `unpackWithApt` unpacked as `name` below this folder, there or not. */
export function unpackedPackage(packagesDir: string, name: string): UnpackedPackage {
  const root = join(packagesDir, name);
  return { root, env: { LD_LIBRARY_PATH: libraryFolders(join(root, "usr/lib")).join(":") } };
}

/**
 * Debian's and Ubuntu's packages with the libraries that are missing here, unpacked as `name` below a folder. Nothing is
 * installed, and no root is needed: apt-get works on lists and a cache of its own.
 *
 * @param path where apt-get is looked for, as PATH has it
 * @throws EngineProblem when there is no apt-get, or it can't get them
 */
export async function unpackWithApt(
  path: string,
  packagesDir: string,
  name: string,
  packages: readonly string[],
): Promise<void> {
  const aptGet = await onPath("apt-get", path);
  const list = packages.join(", ");
  if (!aptGet) {
    throw new EngineProblem(`no apt-get here to bring ${list}: install it, or what has it on this system`);
  }
  const target = join(packagesDir, name);
  const isBroken = await exists(target);
  const work = await mkdtemp(join(packagesDir, "apt-"));
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
      ["lists/partial", "cache/archives/partial"].map((folder) =>
        mkdir(join(work, folder), { recursive: true }),
      ),
    );
    await apt("update");
    const plan = await apt("--simulate", "--no-install-recommends", "install", ...packages);
    const wanted = [...plan.matchAll(/^Inst (\S+)/gm)].flatMap(([, each]) => each ?? []);
    await apt("download", ...wanted);

    const unpacked = join(work, "unpacked");
    for (const file of await readdir(work)) {
      if (file.endsWith(".deb")) await run("dpkg", ["-x", join(work, file), unpacked]);
    }
    await chmod(unpacked, 0o755);
    if (isBroken) await rm(target, { recursive: true, force: true });
    await rename(unpacked, target).catch(unlessThere);
  } catch (error) {
    const reason = String((error as { stderr?: string }).stderr || error)
      .trim()
      .split("\n")
      .at(-1);
    throw new EngineProblem(`apt-get could not bring ${list} (${reason})`, { cause: error });
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
