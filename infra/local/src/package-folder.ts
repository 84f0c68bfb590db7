import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { runTool } from "./checks.ts";
import { root } from "./paths.ts";

interface Manifest {
  name: string;
  version: string;
  description: string;
  license: string;
  exports?: Record<string, string>;
  files: string[];
  publishConfig: { directory: string; exports: Record<string, string> };
}

const packages = join(root, "packages");

/**
 * Fills the folder that a package is published from, for Node strips no types below node_modules: JavaScript and
 * declarations of the exports that `publishConfig` names, and of what they import from other packages of the workspace,
 * so that who installs it needs none of those.
 *
 * @throws Error when it does not compile
 */
export async function prepack(packageDir: string): Promise<void> {
  const manifest = readManifest(join(packageDir, "package.json"));
  const { directory, exports } = manifest.publishConfig;
  const out = join(packageDir, directory);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const sources = workspaceExports();
  await compile(
    Object.values(exports).map((entry) => join(packageDir, entry)),
    out,
    sources,
  );
  const imported = linkTogether(out, sources);
  const published = {
    name: manifest.name,
    version: manifest.version,
    description: manifest.description,
    license: manifest.license,
    type: "module",
    engines: { node: ">=20" },
    exports: Object.fromEntries(
      Object.entries(exports).map(([name, entry]) => {
        const built = `./${relative(packages, join(packageDir, entry)).replace(/\.ts$/, "")}`;
        return [name, { types: `${built}.d.ts`, default: `${built}.js` }];
      }),
    ),
    dependencies: Object.fromEntries([...imported].sort().map((name) => [name, "catalog:"])),
  };
  writeFileSync(join(out, "package.json"), JSON.stringify(published, null, 2));
  for (const file of ["README.md", ...manifest.files]) {
    cpSync(join(packageDir, file), join(out, file), { recursive: true });
  }
}

function readManifest(file: string): Manifest {
  return JSON.parse(readFileSync(file, "utf8")) as Manifest;
}

/** Where each import of a package of the workspace leads: `@condo/schema/statuses` to its file. */
function workspaceExports(): Map<string, string> {
  const manifests = globSync(join(packages, "*/package.json"));
  return new Map(
    manifests.flatMap((file) => {
      const { name, exports = {} } = readManifest(file);
      return Object.entries(exports).map(([path, source]): [string, string] => {
        return [join(name, path), join(dirname(file), source)];
      });
    }),
  );
}

async function compile(entries: string[], out: string, sources: Map<string, string>): Promise<void> {
  const config = join(dirname(out), `${basename(out)}.tsconfig.json`);
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    rewriteRelativeImportExtensions: true,
    rootDir: packages,
    outDir: out,
    paths: Object.fromEntries([...sources].map(([name, source]) => [name, [source]])),
  };
  writeFileSync(
    config,
    JSON.stringify({ extends: join(root, "tsconfig.base.json"), compilerOptions, files: entries }),
  );
  const { code, output } = await runTool(["tsc", "-p", config]);
  rmSync(config);
  if (code !== 0) throw new Error(output);
}

/**
 * Has imports lead from file to file, where they name a package of the workspace, or, in declarations, a source.
 *
 * @returns the packages that are imported from elsewhere
 */
function linkTogether(out: string, sources: Map<string, string>): Set<string> {
  const elsewhere = new Set<string>();
  for (const file of globSync(join(out, "**/*.{js,d.ts}"))) {
    const text = readFileSync(file, "utf8");
    const linked = text.replaceAll(/(\bfrom |\bimport\(|^import )"([^"]+)"/gm, (_all, before, specifier) => {
      return `${before}"${linkOf(specifier, file)}"`;
    });
    writeFileSync(file, linked);
  }
  return elsewhere;

  function linkOf(specifier: string, file: string): string {
    if (specifier.startsWith(".")) return specifier.replace(/\.ts$/, ".js");
    const source = sources.get(specifier);
    if (source === undefined) {
      if (!specifier.startsWith("node:")) elsewhere.add(packageOf(specifier));
      return specifier;
    }
    const target = join(out, relative(packages, source).replace(/\.ts$/, ".js"));
    const path = relative(dirname(file), target);
    return path.startsWith(".") ? path : `./${path}`;
  }
}

/** `zod` of `zod/v4`, `@scope/name` of `@scope/name/path`. */
function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}
