import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./paths.ts";

// By its place and not as a package: the bench itself stands on this one.
await import(pathToFileURL(join(root, "packages/bench/src/main.ts")).href);
