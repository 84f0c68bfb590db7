import { execFile } from "node:child_process";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { packagesFolder, type Program, unpackedPackage, unpackWithApt } from "./debian-package.ts";
import { exists } from "./files.ts";
import { EngineProblem } from "./problem.ts";

export interface Wanted {
  program: string;
  /** The package of Debian that has it. */
  package: string;
  /** What makes it end with success at once. */
  probe: readonly string[];
  /** Folders to look in, as PATH has them. */
  path?: string | undefined;
  /** Where a downloaded one is kept, and looked for. */
  toolsDir?: string | undefined;
}

const run = promisify(execFile);
/** Not on the PATH of those who are not root. */
const systemFolders = ["/usr/sbin", "/usr/local/sbin"];
const packagedFolders = ["usr/sbin", "usr/bin"];

/**
 * A program that tests need: the system's own, or Debian's package unpacked below `.condo/tools`.
 *
 * @throws EngineProblem that says what to install
 */
export async function findProgram(wanted: Wanted): Promise<Program> {
  const path = wanted.path ?? process.env["PATH"] ?? "";
  const folders = [...path.split(delimiter), ...(wanted.path === undefined ? systemFolders : [])];
  const packagesDir = await packagesFolder(wanted.toolsDir);
  const unpacked = (): Program[] => {
    const { root, env } = unpackedPackage(packagesDir, wanted.package);
    return packagedFolders.map((folder) => ({ file: join(root, folder, wanted.program), env }));
  };
  const installed = folders
    .filter(Boolean)
    .map((folder) => ({ file: join(folder, wanted.program), env: {} }));
  const found = await firstUsable([...installed, ...unpacked()], wanted.probe);
  if (found) return found;

  await unpackWithApt(path, packagesDir, wanted.package, [wanted.package]);
  const downloaded = await firstUsable(unpacked(), wanted.probe);
  if (downloaded) return downloaded;
  throw new EngineProblem(`no ${wanted.program} that runs here: install the package ${wanted.package}`);
}

async function firstUsable(
  candidates: readonly Program[],
  probe: readonly string[],
): Promise<Program | undefined> {
  for (const candidate of candidates) {
    if (!(await exists(candidate.file))) continue;
    const env = { PATH: process.env["PATH"], ...candidate.env };
    const isUsable = await run(candidate.file, [...probe], { env }).then(
      () => true,
      () => false,
    );
    if (isUsable) return candidate;
  }
  return undefined;
}
