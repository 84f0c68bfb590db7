import { globSync } from "node:fs";
import { join, matchesGlob, relative } from "node:path";
import { run } from "node:test";
import { inspect } from "node:util";
import { root } from "./paths.ts";
import { inParallel } from "./pool.ts";
import { line, seconds } from "./terminal.ts";

export interface FileResult {
  file: string;
  passed: number;
  skipped: number;
  failures: Failure[];
  /** What the file's process wrote, for reading next to a failure. */
  output: string;
}

interface Failure {
  /** Names of the suites around it, and its own. */
  path: string[];
  reason: string;
}

const patterns = [
  "services/*/test/**/*.test.ts",
  "packages/*/test/**/*.test.ts",
  "infra/local/test/**/*.test.ts",
  "infra/test/**/*.test.ts",
];
const testLimitMs = 300_000;

/** The test files, narrowed to those that a filter (a part of the path, or a glob) matches. */
export function findTestFiles(filters: string[]): string[] {
  const files = globSync(patterns, { cwd: root }).sort();
  const wanted = filters.map((filter) => relative(root, filter) || filter);
  const chosen = files.filter(
    (file) =>
      wanted.length === 0 || wanted.some((filter) => file.includes(filter) || matchesGlob(file, filter)),
  );
  // The end-to-end files take longest: begun last, they would be waited for alone.
  const isLong = (file: string): boolean => /^packages\/(e2e|chaos)\//.test(file);
  return [...chosen.filter(isLong), ...chosen.filter((file) => !isLong(file))];
}

/** Runs each file in a process of its own, with a line for each as it ends. */
export function runTestFiles(files: string[], signal: AbortSignal): Promise<FileResult[]> {
  return inParallel(files, async (file) => {
    const start = performance.now();
    const result = await runTestFile(file, signal);
    const { passed, skipped, failures } = result;
    const counts = [`${passed} passed`];
    if (failures.length > 0) counts.push(`${failures.length} failed`);
    if (skipped > 0) counts.push(`${skipped} skipped`);
    line(`${failures.length > 0 ? "✗" : "✓"} ${file.padEnd(60)} ${seconds(start)}  ${counts.join(", ")}`);
    return result;
  });
}

async function runTestFile(file: string, signal: AbortSignal): Promise<FileResult> {
  const result: FileResult = { file, passed: 0, skipped: 0, failures: [], output: "" };
  if (signal.aborted) return result;
  const absolute = join(root, file);
  const path: string[] = [];
  for await (const { type, data } of run({ files: [absolute], cwd: root, signal, timeout: testLimitMs })) {
    if (type === "test:start") {
      path.splice(data.nesting, Infinity, data.name);
    } else if (type === "test:stdout" || type === "test:stderr") {
      result.output += data.message;
    } else if (type === "test:pass" && data.details.type !== "suite" && data.name !== absolute) {
      if (data.skip === undefined) result.passed++;
      else result.skipped++;
    } else if (type === "test:fail" && causeOf(data.details.error)) {
      const names = path.slice(0, data.nesting + 1).filter((name) => name !== absolute);
      result.failures.push({ path: names, reason: causeOf(data.details.error) });
    }
  }
  if (result.passed + result.skipped + result.failures.length === 0) {
    result.failures.push({ path: [], reason: signal.aborted ? "interrupted" : "no test in this file" });
  }
  return result;
}

/** Why a test failed; empty for a suite that only holds failures, which are told themselves. */
function causeOf(
  error: Error & { failureType?: string; exitCode?: number | null; signal?: string | null },
): string {
  if (error.failureType === "subtestsFailed") return "";
  if (error.signal) return `the file's process was ended by ${error.signal}`;
  if (typeof error.exitCode === "number") return `the file's process ended with exit code ${error.exitCode}`;
  return typeof error.cause === "string" ? error.cause : inspect(error.cause ?? error);
}
