import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { CommanderError } from "commander";
import { commandsOf, createProgram } from "../src/run-command.ts";

const root = join(import.meta.dirname, "../../..");

/** What a page tells to type, or names in a sentence. */
interface CommandLine {
  where: string;
  line: string;
  /** Named in a sentence: it need not be whole. */
  isMention: boolean;
}

const caller = String.raw`(?:\w+=\S+ +)*(?:npm run condo -- |condo )`;
const typed = new RegExp(String.raw`^\s*${caller}(.+)$`);
const mentioned = new RegExp(`\`${caller}([^\`]+)\``, "g");

/** Every `condo …` of every page. */
export function commandLinesOfPages(): CommandLine[] {
  const pages = globSync(["*.md", ".github/*.md", "{infra,packages,services}/**/*.md"], {
    cwd: root,
    exclude: ["**/node_modules/**"],
  });
  return pages.flatMap((page) =>
    readFileSync(join(root, page), "utf8")
      .split("\n")
      .flatMap((text, index) => commandLinesIn(text, `${page}:${index + 1}`)),
  );
}

function commandLinesIn(text: string, where: string): CommandLine[] {
  const [, line] = typed.exec(text) ?? [];
  if (line) return [{ where, line, isMention: false }];
  return [...text.matchAll(mentioned)].map(([, named = ""]) => ({ where, line: named, isMention: true }));
}

/** What the program has against a command line; undefined where it would carry it out. */
export async function objectionTo({
  line,
  isMention,
}: Omit<CommandLine, "where">): Promise<string | undefined> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const program = createProgram({ env: {}, stdin, stdout, stderr });
  for (const command of commandsOf(program))
    if (command.commands.length === 0) command.action(() => undefined);
  try {
    await program.parseAsync(wordsOf(line), { from: "user" });
    return undefined;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const isUnfinished = /commander\.(missing|optionMissing|help$|helpDisplayed|version)/.test(error.code);
    return (isMention || error.exitCode === 0) && isUnfinished ? undefined : error.message;
  }
}

/** As a shell would, as far as pages go: quotes, a file for stdin, a remark behind two spaces or more. */
function wordsOf(line: string): string[] {
  const [command = ""] = line.split(/ {2,}| [<>|#] /);
  return [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, double, single, bare]) =>
    (double ?? single ?? bare ?? "").replace(/^<.*>$/, "placeholder"),
  );
}
