import { spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "./paths.ts";
import { inParallel } from "./pool.ts";
import { line, seconds } from "./terminal.ts";

/** What a change has to pass before its tests matter: programs of node_modules/.bin with their arguments. */
const checks: Record<string, string[]> = {
  format: ["oxfmt", "--check"],
  lint: ["oxlint", "--type-aware", "--deny-warnings"],
  types: ["tsc", "-p", "."],
  "dead code": ["knip"],
};

export interface CheckResult {
  name: string;
  isPassed: boolean;
  output: string;
}

/** Runs every check, with a line for each as it ends. */
export async function runChecks(): Promise<CheckResult[]> {
  return inParallel(Object.entries(checks), async ([name, command]) => {
    const start = performance.now();
    const { code, output } = await runTool(command);
    line(`${code === 0 ? "✓" : "✗"} ${name.padEnd(60)} ${seconds(start)}`);
    return { name, isPassed: code === 0, output: output.trim() };
  });
}

/** Runs a program of node_modules/.bin at the top of the clone. */
export function runTool([program = "", ...args]: string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    let output = "";
    const tool = spawn(join(root, "node_modules/.bin", program), args, {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
    });
    tool.stdout.on("data", (chunk) => (output += String(chunk)));
    tool.stderr.on("data", (chunk) => (output += String(chunk)));
    tool.on("error", reject);
    tool.on("close", (code) => resolve({ code, output }));
  });
}
