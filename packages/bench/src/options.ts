import { parseArgs } from "node:util";
import type { FigureId } from "./figure.ts";
import { figures } from "./figures/index.ts";

export interface Options {
  only: FigureId[];
  isQuick: boolean;
  isJson: boolean;
  /** The one figure that is profiled. */
  profile: FigureId | undefined;
  /** Where the report goes. */
  report: string | undefined;
}

export class UsageProblem extends Error {}

export const usage = `npm run bench -- [options]

  --only P1,P4    these figures alone
  --quick         small and short: proves that it runs, judges nothing
  --json          the figures as JSON, on standard output
  --report FILE   where the HTML report goes (.condo/bench/report.html)
  --profile P1    this figure alone, with a flame graph of the process that matters
`;

/** @throws UsageProblem that says what is wrong with the arguments */
export function readOptions(args: string[]): Options | "help" {
  const { values } = parsed(args);
  if (values.help) return "help";
  const known = figures.map(({ id }) => id);
  const idOf = (text: string): FigureId => {
    const id = known.find((id) => id === text.trim().toUpperCase());
    if (!id) throw new UsageProblem(`no figure "${text}": there are ${known.join(", ")}`);
    return id;
  };
  const profile = values.profile === undefined ? undefined : idOf(values.profile);
  const only = values.only?.split(",").map(idOf) ?? known;
  return {
    only: profile ? [profile] : only,
    isQuick: values.quick,
    isJson: values.json,
    profile,
    report: values.report,
  };
}

function parsed(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        only: { type: "string" },
        quick: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        report: { type: "string" },
        profile: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    throw new UsageProblem((error as Error).message, { cause: error });
  }
}
