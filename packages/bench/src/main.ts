import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { createBench } from "./bench.ts";
import { onInterrupt } from "./interrupt.ts";
import { describeMachine } from "./machine/machine.ts";
import { hottest } from "./machine/profiler.ts";
import { assertRoom, removeRemains } from "./machine/room.ts";
import { readOptions, usage, UsageProblem, type Options } from "./options.ts";
import { writeFlameGraph } from "./report/flame-graph.ts";
import { htmlOf } from "./report/html.ts";
import { introOf } from "./report/intro.ts";
import type { Result } from "./report/result.ts";
import { tableOf } from "./report/table.ts";
import { takeFigures, takeTarget } from "./take-figures.ts";

const stateDir = resolve(import.meta.dirname, "../../../.condo/bench");
const hottestCount = 30;

try {
  const options = readOptions(process.argv.slice(2));
  if (options === "help") process.stdout.write(usage);
  else await run(options);
} catch (error) {
  const isUsage = error instanceof UsageProblem;
  process.stderr.write(isUsage ? `${error.message}\n\n${usage}` : `${(error as Error).message}\n`);
  process.exitCode = isUsage ? 2 : 1;
}

async function run(options: Options): Promise<void> {
  // With --json, standard output is for the figures alone.
  const tell = (line: string): void => void process.stderr.write(`${line}\n`);
  const report = resolve(options.report ?? join(stateDir, "report.html"));
  mkdirSync(dirname(report), { recursive: true });
  await removeRemains(stateDir);
  assertRoom(stateDir, options);
  const bench = createBench({
    dir: join(stateDir, String(process.pid)),
    isQuick: options.isQuick,
    isProfiling: options.profile !== undefined,
    receiverPort: options.target?.receiverPort ?? 0,
    onLine: tell,
  });
  const isInterrupted = onInterrupt(tell, () => bench.close());
  try {
    const machine = describeMachine(bench.dir);
    const taken = options.target
      ? await takeTarget(bench, options.target)
      : await takeFigures(bench, options.only);
    const result: Result = { isQuick: options.isQuick, machine, ...taken };
    if (options.isJson) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
    else process.stdout.write(`\n${introOf(result).join("\n")}\n\n${tableOf(result)}\n`);
    for (const { id, reason } of result.failed) tell(`\n${id} FAILED: ${reason}`);
    if (result.failed.length > 0) process.exitCode = 1;

    writeFileSync(report, htmlOf(result));
    tell(`\nthe report: ${report}`);
    for (const [part, profile] of bench.profiles) {
      const name = [options.profile, part].filter(Boolean).join("-");
      const page = writeFlameGraph(join(stateDir, `${name}.cpuprofile`), profile);
      for (const { name, part } of hottest(profile, hottestCount)) {
        tell(`${(part * 100).toFixed(1).padStart(6)} %  ${name}`);
      }
      tell(`the flame graph: ${page}`);
    }
  } catch (error) {
    // What was cut short fails, each in its own way.
    if (!isInterrupted()) throw error;
  } finally {
    await bench.close();
  }
}
