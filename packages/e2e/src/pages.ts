import { readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../../..");

/** What can't be run in a clone says so in its first line. */
const elsewhere = /^# Needs (?<what>.+)\.\n/;

export interface Block {
  language: string;
  /** As it stands on the page. */
  text: string;
  /** What it needs that a clone has not: "Docker". */
  needs: string | undefined;
}

/** The fenced blocks of a page of this repository. */
export function blocksOf(page: string): Block[] {
  const whole = readFileSync(join(root, page), "utf8");
  return [...whole.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language = "", text = ""]) => ({
    language,
    text,
    needs: elsewhere.exec(text)?.groups?.["what"],
  }));
}

/** The only block of a language on a page. @throws where there are others, or none */
export function blockOf(page: string, language: string): string {
  const [block, ...more] = blocksOf(page).filter((each) => each.language === language);
  if (!block || more.length > 0) throw new Error(`${page} should have one block of ${language}`);
  return block.text;
}
