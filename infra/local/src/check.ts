import { runChecks } from "./checks.ts";
import { line } from "./terminal.ts";

const results = await runChecks();
const failed = results.filter((result) => !result.isPassed);
for (const { name, output } of failed) line(`\n${name}\n${output}`);
line(`\n${results.length - failed.length} passed, ${failed.length} failed`);
process.exitCode = failed.length > 0 ? 1 : 0;
