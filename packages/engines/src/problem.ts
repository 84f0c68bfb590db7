/** A trouble with an engine that a person can remedy: its message is one line and says how. */
export class EngineProblem extends Error {
  override name = "EngineProblem";
}
