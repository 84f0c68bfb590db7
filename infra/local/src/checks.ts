import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./paths.ts";
import { inParallel } from "./pool.ts";
import { line, seconds } from "./terminal.ts";

interface Check {
  name: string;
  /** Each is a program of node_modules/.bin with its arguments; all have to pass. */
  commands: string[][];
}

export interface CheckResult {
  name: string;
  isPassed: boolean;
  output: string;
}

/** What a change has to pass before its tests matter. */
function checks(): Check[] {
  const projects = globSync("{services,packages,infra}/*/tsconfig.json", { cwd: root }).map(dirname).sort();
  return [
    { name: "format", commands: [["oxfmt", "--check"]] },
    { name: "lint", commands: [["oxlint", "--type-aware", "--deny-warnings"]] },
    { name: "types", commands: projects.map((project) => ["tsc", "-p", project]) },
    { name: "dead code", commands: [["knip"]] },
  ];
}

/** Runs every check, with a line for each as it ends. */
export async function runChecks(): Promise<CheckResult[]> {
  return inParallel(checks(), async ({ name, commands }) => {
    const start = performance.now();
    const runs = [];
    for (const command of commands) runs.push(await runTool(command));
    const isPassed = runs.every((run) => run.code === 0);
    line(`${isPassed ? "✓" : "✗"} ${name.padEnd(60)} ${seconds(start)}`);
    return {
      name,
      isPassed,
      output: runs.flatMap((run) => (run.code === 0 ? [] : [run.output.trim()])).join("\n"),
    };
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
