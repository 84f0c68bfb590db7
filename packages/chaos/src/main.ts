import { readOptions } from "./options.ts";
import { report } from "./report.ts";
import { run } from "./run.ts";

const options = readOptions(process.argv.slice(2));
const isTerminal = process.stderr.isTTY;
const quietMs = 10_000;
let toldAt = -Infinity;

process.stderr.write(`seed ${options.seed}\n`);
const result = await run(options, (progress) => {
  if (isTerminal) process.stderr.write(`\r\u001b[K${progress}`);
  else if (performance.now() - toldAt > quietMs) {
    toldAt = performance.now();
    process.stderr.write(`${progress}\n`);
  }
});
if (isTerminal) process.stderr.write("\n");
process.stdout.write(options.isJson ? `${JSON.stringify(result, null, 2)}\n` : report(result));
process.exitCode = result.lost.length + result.wrongs.length > 0 ? 1 : 0;
