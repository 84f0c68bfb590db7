import { EngineProblem } from "@condo/engines";

/** A trouble that the person who started us can remedy: its message is one line and says how. */
export class SetupProblem extends Error {
  override name = "SetupProblem";
}

const notOurs = "make it yours (chown), or start as the user that it belongs to";
const remedies: Readonly<Record<string, string>> = {
  EACCES: notOurs,
  EPERM: notOurs,
  EROFS: "put the clone where it can be written",
  ENOSPC: "the disk is full: make room and try again",
};

/** What to print of an error: a line where a line says it all, the stack where we don't know better. */
export function explain(error: unknown): string {
  if (error instanceof SetupProblem || error instanceof EngineProblem) return error.message;
  const remedy = remedies[(error as NodeJS.ErrnoException | null)?.code ?? ""];
  if (error instanceof Error && remedy !== undefined) return `${error.message}: ${remedy}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
