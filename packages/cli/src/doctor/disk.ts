import { stat, statfs } from "node:fs/promises";
import { delimiter } from "node:path";
import { problem, size, well, type Finding, type Told } from "./finding.ts";

const name = "disk";

/** Room for data in the folders of CONDO_DATA_DIRS, which hold the engines' data on this machine. */
export async function disk({ env, leastFree }: Told): Promise<Finding> {
  const folders = (env["CONDO_DATA_DIRS"] ?? "").split(delimiter).filter(Boolean);
  if (folders.length === 0) {
    return well(name, "Not looked at: CONDO_DATA_DIRS names no folder of an engine's data on this machine");
  }
  const rooms = await Promise.all((await byDisk(folders)).map(roomOn));
  const tight = rooms.filter(({ space, files }) => Math.min(space, files) < leastFree);
  const shown = (tight.length > 0 ? tight : rooms).map(({ what }) => what).join("; ");
  if (tight.length === 0) return well(name, shown);
  return problem(
    name,
    shown,
    "On a full disk Postgres and Redis refuse writes: nothing is recorded, then nothing is accepted",
    "Make room or enlarge it, before it is full. What grows: events (event_retention_days of plans), WAL, the append-only file",
  );
}

interface Room {
  /** Shares that are free. */
  space: number;
  files: number;
  what: string;
}

/** Folders on one file system share its room. */
async function byDisk(folders: readonly string[]): Promise<string[][]> {
  const disks = new Map<number, string[]>();
  for (const folder of folders) {
    const { dev } = await stat(folder);
    disks.set(dev, [...(disks.get(dev) ?? []), folder]);
  }
  return [...disks.values()];
}

async function roomOn(folders: readonly string[]): Promise<Room> {
  // What is kept back for root is not free to an engine.
  const { bsize, blocks, bavail, files, ffree } = await statfs(folders[0] ?? "");
  const space = blocks === 0 ? 0 : bavail / blocks;
  // Some file systems make inodes as they are needed, and count none.
  const inodes = files === 0 ? 1 : ffree / files;
  const percent = (share: number) => `${Math.floor(share * 100)} %`;
  const ofFiles = files === 0 ? "" : `, and ${percent(inodes)} of the inodes`;
  const where = folders.join(" and ");
  return {
    space,
    files: inodes,
    what: `${size(bavail * bsize)} (${percent(space)})${ofFiles} are free below ${where}`,
  };
}
