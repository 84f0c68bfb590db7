import { access, readFile, rename, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** The text of a file, or undefined when there is none. */
export async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}

/** Writes a file for our eyes only, whole or not at all. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}`;
  // On the disk before its name is: after a cut of power an empty file would stand for a password.
  await writeFile(draft, text, { mode: 0o600, flush: true });
  await rename(draft, path);
}

/** Where a program is, in folders as PATH has them. */
export async function onPath(program: string, path: string): Promise<string | undefined> {
  for (const folder of path.split(delimiter).filter(Boolean)) {
    const file = join(folder, program);
    if (await exists(file)) return file;
  }
  return undefined;
}

/** For what another process may have made in the same moment. */
export function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== "EEXIST" && error.code !== "ENOTEMPTY") throw error;
}
