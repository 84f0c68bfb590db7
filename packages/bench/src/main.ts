import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { createBench } from "./bench.ts";
import type { Figure, Line } from "./figure.ts";
import { figures } from "./figures/index.ts";
import { describeEngines, describeMachine } from "./machine/machine.ts";
import { hottest } from "./machine/profiler.ts";
import { readOptions, usage, UsageProblem, type Options } from "./options.ts";
import { tableOf } from "./report/table.ts";

const stateDir = resolve(import.meta.dirname, "../../../.condo/bench");

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
    onLine: tell,
  });
  const stop = (): void => void bench.close().finally(() => process.exit(130));
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    const machine = describeMachine(bench.dir);
    const engines = await describeEngines(await bench.fleet());
    const taken: { id: string; title: string; seconds: number; lines: Line[] }[] = [];
    for (const figure of figures.filter(({ id }) => options.only.includes(id))) {
      taken.push(await take(figure));
    }
    const result = { quick: options.isQuick, machine, engines, figures: taken };
    if (options.isJson) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
    else process.stdout.write(`\n${tableOf(taken)}\n`);
    for (const profile of bench.profiles) {
      const file = join(stateDir, `${options.profile}.cpuprofile`);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, JSON.stringify(profile));
      for (const { name, part } of hottest(profile, 30))
        tell(`${(part * 100).toFixed(1).padStart(6)} %  ${name}`);
      tell(`the profile: ${file}`);
    }
  } finally {
    await bench.close();
  }

  async function take(
    figure: Figure,
  ): Promise<{ id: string; title: string; seconds: number; lines: Line[] }> {
    tell(`· ${figure.id} ${figure.title}`);
    const start = performance.now();
    const lines = await figure.take(bench);
    return { id: figure.id, title: figure.title, seconds: (performance.now() - start) / 1000, lines };
  }
}
