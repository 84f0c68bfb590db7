import type { Readable, Writable } from "node:stream";

/** Where a command reads and writes. */
export interface Terminal {
  env: Record<string, string | undefined>;
  stdin: Readable & { isTTY?: boolean };
  stdout: Writable;
  stderr: Writable;
}

/** Why a command could not do what it should, in words for the operator. */
export class CommandProblem extends Error {
  /** For programs, with `--json`. */
  readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** Writes a result: a sentence, or JSON when that was asked for. */
export function report(terminal: Terminal, isJson: boolean, sentence: string, result: object): void {
  terminal.stdout.write(`${isJson ? JSON.stringify(result) : sentence}\n`);
}
