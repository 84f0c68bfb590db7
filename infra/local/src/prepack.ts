import { prepack } from "./package-folder.ts";

// `pnpm pack` runs it in the folder of the package.
await prepack(process.cwd());
