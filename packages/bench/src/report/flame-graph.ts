import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { CpuProfile } from "../machine/profiler.ts";

const require = createRequire(import.meta.url);

/**
 * Leaves a profile, and a page beside it that opens it in speedscope, from disk alone.
 *
 * @param file of the profile, ending in `.cpuprofile`
 * @returns the page
 */
export function writeFlameGraph(file: string, profile: CpuProfile): string {
  const text = JSON.stringify(profile);
  writeFileSync(file, text);
  // As speedscope's own command does: it reads no file but a script that hands the profile over.
  const script = `${file}.js`;
  const name = JSON.stringify(file.split("/").at(-1));
  writeFileSync(script, `speedscope.loadFileFromBase64(${name}, "${Buffer.from(text).toString("base64")}")`);
  const viewer = pathToFileURL(
    join(dirname(require.resolve("speedscope/package.json")), "dist/release/index.html"),
  );
  const page = file.replace(/\.cpuprofile$/, ".html");
  const address = `${viewer.href}#view=left-heavy&localProfilePath=${encodeURIComponent(script)}`;
  writeFileSync(
    page,
    `<!doctype html><meta charset="utf-8"><script>location = ${JSON.stringify(address)}</script>`,
  );
  return page;
}
