import { EngineProblem } from "@condo/engines";

/** A trouble that the person who started us can remedy: its message is one line and says how. */
export class SetupProblem extends Error {
  override name = "SetupProblem";
}

/** What to print of an error: a line where a line says it all, the stack where we don't know better. */
export function explain(error: unknown): string {
  if (error instanceof SetupProblem || error instanceof EngineProblem) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
