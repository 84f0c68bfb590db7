import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type Bench, createBench } from "./bench.ts";
import { figures } from "./figures/index.ts";
import { describeEngines, describeMachine } from "./machine/machine.ts";
import { hottest } from "./machine/profiler.ts";
import { readOptions, usage, UsageProblem, type Options, type TargetOptions } from "./options.ts";
import { writeFlameGraph } from "./report/flame-graph.ts";
import { htmlOf, type Result } from "./report/html.ts";
import { introOf, tableOf } from "./report/table.ts";
import { measureTarget } from "./target.ts";

type Taken = Pick<Result, "engines" | "figures">;

const stateDir = resolve(import.meta.dirname, "../../../.condo/bench");
const interruptedExitCode = 130;
const hottestCount = 30;

try {
  const options = readOptions(process.argv.slice(2));
  if (options === "help") process.stdout.write(usage);
  else await run(options);
} catch (error) {
  const isUsage = error instanceof UsageProblem;
  process.stderr.write(`${isUsage ? `${error.message}\n\n${usage}` : (error as Error).stack}\n`);
  process.exitCode = isUsage ? 2 : 1;
}

async function run(options: Options): Promise<void> {
  // With --json, standard output is for the figures alone.
  const tell = (line: string): void => void process.stderr.write(`${line}\n`);
  const bench = createBench({
    dir: join(stateDir, String(process.pid)),
    isQuick: options.isQuick,
    isProfiling: options.profile !== undefined,
    receiverPort: options.target?.receiverPort ?? 0,
    onLine: tell,
  });
  const stop = (): void => void bench.close().finally(() => process.exit(interruptedExitCode));
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    const machine = describeMachine(bench.dir);
    const taken = options.target ? await ofTarget(options.target, bench) : await ofCondo(options, bench);
    const result: Result = { isQuick: options.isQuick, machine, ...taken };
    if (options.isJson) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
    else process.stdout.write(`\n${introOf(result)}\n\n${tableOf(result.figures)}\n`);

    const report = resolve(options.report ?? join(stateDir, "report.html"));
    mkdirSync(dirname(report), { recursive: true });
    writeFileSync(report, htmlOf(result));
    tell(`\nthe report: ${report}`);
    for (const profile of bench.profiles) {
      const page = writeFlameGraph(join(stateDir, `${options.profile}.cpuprofile`), profile);
      for (const { name, part } of hottest(profile, hottestCount)) {
        tell(`${(part * 100).toFixed(1).padStart(6)} %  ${name}`);
      }
      tell(`the flame graph: ${page}`);
    }
  } finally {
    await bench.close();
  }
}

async function ofTarget(target: TargetOptions, bench: Bench): Promise<Taken> {
  const lines = await measureTarget(await bench.load(), target, bench.isQuick);
  return { engines: undefined, figures: [{ id: "", title: target.url, lines }] };
}

async function ofCondo(options: Options, bench: Bench): Promise<Taken> {
  const engines = await describeEngines(await bench.fleet());
  const taken: Taken["figures"] = [];
  for (const figure of figures.filter(({ id }) => options.only.includes(id))) {
    const { id, title } = figure;
    bench.onLine(`· ${id} ${title}`);
    taken.push({ id, title, lines: await figure.take(bench) });
  }
  const numberOf = ({ id }: { id: string }): number => Number(id.slice(1));
  return { engines, figures: taken.toSorted((one, other) => numberOf(one) - numberOf(other)) };
}
