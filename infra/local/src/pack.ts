import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { root, stateDir } from "./paths.ts";
import { line } from "./terminal.ts";

const published = ["client", "events"];
const target = join(stateDir, "pack");

/** pnpm knows what `workspace:` and `catalog:` stand for. @returns the name of the tarball */
function pack(name: string, pnpm: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    const packing = spawn(process.execPath, [pnpm, "pack", "--json", "--pack-destination", target], {
      cwd: join(root, "packages", name),
      stdio: ["ignore", "pipe", "pipe"],
    });
    packing.stdout.on("data", (chunk) => (output += String(chunk)));
    packing.stderr.on("data", (chunk) => (output += String(chunk)));
    packing.on("error", reject);
    packing.on("close", (code) => {
      const [tarball] = /condo-[\w.-]+\.tgz/.exec(output) ?? [];
      if (code === 0 && tarball !== undefined) resolve(tarball);
      else reject(new Error(output.trim()));
    });
  });
}

const names = process.argv.length > 2 ? process.argv.slice(2) : published;
const unknown = names.find((name) => !published.includes(name));
const pnpm = process.env["CONDO_PNPM"];
if (unknown !== undefined || pnpm === undefined) {
  line(pnpm ? `no package "${unknown}": ${published.join(", ")}` : "npm run pack runs it");
  process.exit(2);
}
mkdirSync(target, { recursive: true });
for (const name of names) {
  try {
    line(`✓ .condo/pack/${await pack(name, pnpm)}`);
  } catch (error) {
    line(`✗ ${name}\n${(error as Error).message}`);
    process.exitCode = 1;
  }
}
