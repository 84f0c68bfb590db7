import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "./dockerfile.ts";

const run = promisify(execFile);

const bootstrap = readFileSync(join(root, "infra/local/bootstrap.mjs"), "utf8");
/** Of the pnpm that bootstrap.mjs brings. */
export const [, pnpmVersion] = /pnpmVersion = "(.*)"/.exec(bootstrap) ?? [];

/** Runs shell commands in a folder, `pnpm` among them. */
export async function runWithPnpm(commands: string, cwd: string): Promise<void> {
  const script = join(root, `.condo/tools/pnpm-${pnpmVersion}/node_modules/pnpm/bin/pnpm.mjs`);
  const pnpm = `pnpm() { ${JSON.stringify(process.execPath)} ${JSON.stringify(script)} "$@"; }`;
  await run("sh", ["-c", `${pnpm}\n${commands}`], { cwd });
}
