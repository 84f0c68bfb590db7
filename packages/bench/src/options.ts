import { parseArgs } from "node:util";
import { nameOf, type Figure, type FigureId } from "./figure.ts";
import { figures } from "./figures/index.ts";
import { isScheme, schemes, type Signing } from "./load/requests.ts";

export interface Options {
  only: readonly Figure[];
  isQuick: boolean;
  isJson: boolean;
  /** The one figure that is profiled. */
  profile: FigureId | undefined;
  /** Where the report goes, instead of its usual place. */
  report: string | undefined;
  /** Another system, to be put beside Condo in place of floors. */
  target: TargetOptions | undefined;
}

export interface TargetOptions {
  url: string;
  headers: Record<string, string>;
  signing: Signing;
  /** Of the receiver that the target delivers to, on 127.0.0.1. */
  receiverPort: number;
}

export class UsageProblem extends Error {}

const inList = (figure: Figure): string => `  ${nameOf(figure).padEnd(16)}${figure.title}`;

export const usage = `npm run bench -- [options]

  --only P1,P4    these figures alone
  --quick         small and short: proves that it runs, judges nothing
  --json          the figures as JSON, on standard output (npm run -s keeps npm's own lines away)
  --report FILE   where the HTML report goes (.condo/bench/report.html)
  --profile P1    this figure alone, with a flame graph of the process that matters

Another system beside Condo, both driven the same way in turn; it delivers to http://127.0.0.1:PORT/hook:

  --target URL          where its webhooks are posted to
  --receiver-port PORT  where it delivers to
  --signer SCHEME       ${schemes.join(", ")} (standard-webhooks by default)
  --secret SECRET       that they are signed with
  --header NAME:VALUE   on each of them; may be given again

Figures:

${figures.map(inList).join("\n")}

It ends with 0 when all figures were taken, whatever they are; 1 when one was not; 2 for wrong options.
`;

const ofTargetAlone = ["receiver-port", "signer", "secret", "header"] as const;
const notOfTarget = ["only", "profile"] as const;
const defaultScheme = "standard-webhooks";

/** @throws UsageProblem that says what is wrong with the arguments */
export function readOptions(args: string[]): Options | "help" {
  const { values } = parsed(args);
  if (values.help) return "help";
  const given = (name: keyof typeof values): boolean => values[name] !== undefined;
  const stray = (values.target === undefined ? ofTargetAlone : notOfTarget).find(given);
  if (stray) {
    const isNeeded = values.target === undefined;
    throw new UsageProblem(`--${stray} ${isNeeded ? "goes with --target" : "does not go with --target"}`);
  }
  const profiled = values.profile === undefined ? undefined : figuresNamed(values.profile);
  const chosen = values.only?.split(",").flatMap(figuresNamed);
  return {
    only: profiled ?? figures.filter((figure) => chosen?.includes(figure) ?? true),
    isQuick: values.quick,
    isJson: values.json,
    profile: profiled?.[0]?.id,
    report: values.report,
    target: values.target === undefined ? undefined : targetOf(values.target, values),
  };
}

/** A figure by its id, with all of its parts, or one part of it: `P7`, `P7.events`. */
function figuresNamed(text: string): Figure[] {
  const name = text.trim().toLowerCase();
  const named = figures.filter((figure) =>
    [figure.id, nameOf(figure)].some((known) => known.toLowerCase() === name),
  );
  if (named.length > 0) return named;
  throw new UsageProblem(`no figure "${text}": there are ${figures.map(nameOf).join(", ")}`);
}

function targetOf(
  text: string,
  values: { signer?: string; secret?: string; header?: string[]; "receiver-port"?: string },
): TargetOptions {
  const { signer = defaultScheme, secret, header: given = [] } = values;
  const url = URL.parse(text);
  if (url?.protocol !== "http:") throw new UsageProblem(`--target takes an http:// URL, not "${text}"`);
  if (!isScheme(signer)) throw new UsageProblem(`--signer is one of ${schemes.join(", ")}, not "${signer}"`);
  if (secret === undefined && signer !== "none") throw new UsageProblem(`--signer ${signer} needs --secret`);
  const receiverPort = Number(values["receiver-port"]);
  if (!Number.isInteger(receiverPort) || receiverPort < 1 || receiverPort > 65_535) {
    throw new UsageProblem("--target needs --receiver-port, the port that it delivers to");
  }
  const headers = given.map((header) => {
    const [, name, value] = /^([\w-]+): ?(.*)$/.exec(header) ?? [];
    if (name === undefined || value === undefined)
      throw new UsageProblem(`--header takes NAME:VALUE, not "${header}"`);
    return [name, value] as const;
  });
  return {
    url: url.href,
    headers: Object.fromEntries(headers),
    signing: { scheme: signer, secret: secret ?? "" },
    receiverPort,
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
        target: { type: "string" },
        "receiver-port": { type: "string" },
        signer: { type: "string" },
        secret: { type: "string" },
        header: { type: "string", multiple: true },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    throw new UsageProblem((error as Error).message, { cause: error });
  }
}
