import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { atEnd } from "@condo/testing";
import { root } from "./dockerfile.ts";
import { runWithPnpm } from "./pnpm.ts";

const run = promisify(execFile);
const install =
  'pnpm install --prod --frozen-lockfile --ignore-scripts --prefer-offline --filter-prod "{services/*}..."';

/** Unpacks the release before this one, with the libraries of its own lockfile. @returns its folder */
export async function unpackReleased(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "condo-released-"));
  atEnd(() => rm(dir, { recursive: true, force: true }));
  await run("tar", ["-xzf", join(root, "infra/released/sources.tar.gz"), "-C", dir]);
  await runWithPnpm(install, dir);
  return dir;
}
