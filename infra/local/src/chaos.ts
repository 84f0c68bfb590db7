import { spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "./paths.ts";

const chaos = spawn(process.execPath, [join(root, "packages/chaos/src/main.ts"), ...process.argv.slice(2)], {
  stdio: "inherit",
});
// A terminal's Ctrl-C reaches it too, which ends in its own way.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => undefined);
chaos.on("exit", (code) => {
  process.exitCode = code ?? 1;
});
