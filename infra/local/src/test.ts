import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { EngineProblem, findRedis, isProcessAlive, removeEngines, startPostgres } from "@condo/engines";
import { type CheckResult, runChecks } from "./checks.ts";
import { stateDir } from "./paths.ts";
import { line, seconds } from "./terminal.ts";
import { type FileResult, findTestFiles, runTestFiles } from "./test-files.ts";

const { values: options, positionals: filters } = parseArgs({
  options: { only: { type: "string" } },
  allowPositionals: true,
});
if (options.only !== undefined && options.only !== "checks") {
  line(`--only takes "checks", not "${options.only}"`);
  process.exit(2);
}

const scratchPrefix = "test-";
const scratch = join(stateDir, `${scratchPrefix}${process.pid}`);
const interrupted = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => interrupted.abort());

const start = performance.now();
const checks = filters.length === 0 ? await runChecks() : [];
const files = options.only === "checks" ? [] : findTestFiles(filters);
const results = files.length > 0 ? await runOnEngines(files) : [];
report(checks, results);

async function runOnEngines(files: string[]): Promise<FileResult[]> {
  await removeScratchOfTheDead();
  mkdirSync(join(scratch, "tmp"), { recursive: true });
  try {
    // Found once, before all suites look for it at the same moment.
    await findRedis();
    const postgres = await startPostgres({
      dir: join(scratch, "postgres"),
      settings: { fsync: "off", synchronous_commit: "off", full_page_writes: "off" },
    });
    for (const name of ["DATABASE_URL", "REDIS_URL", "PORT", "CONDO_MASTER_KEY"]) delete process.env[name];
    Object.assign(process.env, {
      NODE_ENV: "test",
      CONDO_TEST_POSTGRES_URL: postgres.superuserUrl,
      // What a suite leaves behind, engines that it did not stop among it, is found and removed here.
      TMPDIR: join(scratch, "tmp"),
    });
    return await runTestFiles(files, interrupted.signal);
  } catch (error) {
    if (!(error instanceof EngineProblem)) throw error;
    return [
      { file: "engines", passed: 0, skipped: 0, failures: [{ path: [], reason: error.message }], output: "" },
    ];
  } finally {
    await removeEngines(scratch);
  }
}

async function removeScratchOfTheDead(): Promise<void> {
  mkdirSync(stateDir, { recursive: true });
  for (const name of readdirSync(stateDir)) {
    const pid = name.startsWith(scratchPrefix) ? Number(name.slice(scratchPrefix.length)) : Number.NaN;
    if (!Number.isNaN(pid) && !isProcessAlive(pid)) await removeEngines(join(stateDir, name));
  }
}

function report(checks: CheckResult[], results: FileResult[]): void {
  const failedChecks = checks.filter((check) => !check.isPassed);
  const failedFiles = results.filter((result) => result.failures.length > 0);
  for (const { name, output } of failedChecks) line(`\n✗ ${name}\n${output}`);
  for (const { file, failures, output } of failedFiles) {
    for (const { path, reason } of failures) line(`\n✗ ${[file, ...path].join(" › ")}\n${reason}`);
    if (output.trim()) line(`\nwhat ${file} wrote:\n${output.trimEnd()}`);
  }

  const passed =
    checks.length - failedChecks.length + results.reduce((sum, result) => sum + result.passed, 0);
  const failed = failedChecks.length + results.reduce((sum, result) => sum + result.failures.length, 0);
  if (passed + failed === 0) line(`\nno test file matches ${filters.join(" ")}`);
  line(`\n${seconds(start).trim()}`);
  line(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 || passed === 0 || interrupted.signal.aborted ? 1 : 0;
}
