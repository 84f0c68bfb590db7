import type { Bench } from "./bench.ts";
import { nameOf, type Figure } from "./figure.ts";
import { describeEngines } from "./machine/machine.ts";
import type { TargetOptions } from "./options.ts";
import { productionSettings } from "./production-settings.ts";
import type { Result } from "./report/result.ts";
import { measureTarget } from "./target.ts";

/** Takes figures one after another; one that fails is told of, and the others are taken all the same. */
export async function takeFigures(
  bench: Bench,
  chosen: readonly Figure[],
): Promise<Pick<Result, "engines" | "figures" | "failed" | "beside">> {
  const engines = await describeEngines(await bench.fleet(), productionSettings);
  const taken: Result["figures"] = [];
  const failed: Result["failed"] = [];
  const since = performance.now();
  for (const [index, figure] of chosen.entries()) {
    const { id, title } = figure;
    const left = timeLeft(bench, performance.now() - since, chosen.slice(0, index), chosen.slice(index));
    bench.onLine(`· ${index + 1} of ${chosen.length}: ${nameOf(figure)} ${title}, ${left} to go`);
    try {
      const lines = await figure.take(bench);
      const begun = taken.find((earlier) => earlier.id === id);
      if (begun) begun.lines.push(...lines);
      else taken.push({ id, title, lines });
    } catch (error) {
      if (bench.isClosing()) throw error;
      failed.push({ id: nameOf(figure), reason: (error as Error).message });
      bench.onLine(`  ${nameOf(figure)} failed: ${(error as Error).stack}`);
    }
  }
  const numberOf = ({ id }: { id: string }): number => Number(id.slice(1));
  const figuresInOrder = taken.toSorted((one, other) => numberOf(one) - numberOf(other));
  return { engines, figures: figuresInOrder, failed, beside: "floor" };
}

/** Takes Condo's figures beside those of another system. */
export async function takeTarget(
  bench: Bench,
  target: TargetOptions,
): Promise<Pick<Result, "engines" | "figures" | "failed" | "beside">> {
  const lines = await measureTarget(bench, target);
  const engines = await describeEngines(await bench.fleet(), productionSettings);
  return { engines, figures: [{ id: "", title: `beside ${target.url}`, lines }], failed: [], beside: "peer" };
}

/** By how long figures take elsewhere, and how much longer this machine has taken for those that are done. */
function timeLeft(
  { isQuick }: Bench,
  elapsedMs: number,
  done: readonly Figure[],
  left: readonly Figure[],
): string {
  const usual = (figures: readonly Figure[]): number =>
    figures.reduce((sum, { seconds }) => sum + seconds[isQuick ? "quick" : "full"], 0);
  const pace = done.length > 0 ? elapsedMs / 1000 / usual(done) : 1;
  const seconds = Math.ceil(usual(left) * pace);
  return seconds < 90 ? `about ${seconds} s` : `about ${Math.round(seconds / 60)} min`;
}
