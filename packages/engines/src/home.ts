import { createHash } from "node:crypto";
import { chmod, chown, mkdir, realpath, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readIfPresent } from "./files.ts";

/** The user an engine runs as. Undefined: as ourselves. */
export interface Account {
  uid: number;
  gid: number;
}

export interface Home {
  /** Where the engine's files are. */
  dir: string;
  account: Account | undefined;
}

const nobody: Account = { uid: 65_534, gid: 65_534 };
const systemHome = "/var/lib/condo";
export const markerName = "elsewhere";

/** Postgres refuses to run as root, and Redis had better not. */
export function engineAccount(): Account | undefined {
  return process.getuid?.() === 0 ? nobody : undefined;
}

/** Whether any user may go through all folders above `path`. */
export async function isReachableByOthers(path: string): Promise<boolean> {
  for (let folder = dirname(await realpath(path)); ; folder = dirname(folder)) {
    if (((await stat(folder)).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

/**
 * The folder for an engine's files: `dir` itself, or, where the engine's own user could not reach that (a clone under
 * /root), one below /var/lib/condo. Removing `dir` starts afresh either way: it holds the mark of the other.
 */
export async function engineHome(dir: string): Promise<Home> {
  const account = engineAccount();
  await mkdir(dir, { recursive: true });
  const marker = join(dir, markerName);
  const marked = (await readIfPresent(marker))?.trim();
  if (marked === undefined && (!account || (await isReachableByOthers(dir)))) {
    // To go through, not to read: what is in it has rights of its own.
    if (account) await chmod(dir, 0o711);
    return { dir: await realpath(dir), account };
  }

  const elsewhere =
    marked ?? (await systemFolder(createHash("sha256").update(dir).digest("hex").slice(0, 16)));
  if (marked === undefined) {
    await rm(elsewhere, { recursive: true, force: true });
    await writeFile(marker, `${elsewhere}\n`);
  }
  await mkdir(elsewhere, { recursive: true });
  await chmod(elsewhere, 0o711);
  return { dir: elsewhere, account };
}

/** The folder that `engineHome` chose for `dir`. */
export async function homeOf(dir: string): Promise<string> {
  return (await readIfPresent(join(dir, markerName)))?.trim() ?? (await realpath(dir).catch(() => dir));
}

/** A path below /var/lib/condo, whose parents any user can traverse. */
export async function systemFolder(name: string): Promise<string> {
  await mkdir(systemHome, { recursive: true });
  await chmod(systemHome, 0o755);
  return join(systemHome, name);
}

/** Makes a folder that only the engine's user can read. */
export async function makePrivateFolder(path: string, account: Account | undefined): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await chmod(path, 0o700);
  if (account) await chown(path, account.uid, account.gid);
}
