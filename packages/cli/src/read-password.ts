import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { Writable } from "node:stream";
import { CommandProblem, type Terminal } from "./terminal.ts";

/** The most that is read: a password is no file. */
const longest = 256;
/** Somebody who holds every tenant, with one factor (NIST 800-63B-4 wants 15 of those who have no second). */
const shortest = 15;

/**
 * Gets a new password: the whole of stdin (but for a last line break), or from a person, who types it twice unseen.
 *
 * @throws CommandProblem when there is none, it is too short or too long, or was typed differently
 */
export async function readNewPassword(terminal: Terminal, isFromStdin: boolean): Promise<string> {
  const password = isFromStdin
    ? (await text(terminal.stdin)).replace(/\r?\n$/, "")
    : await askTwice(terminal);
  const length = Array.from(password).length;
  if (length < shortest || length > longest) {
    throw new CommandProblem(
      "bad_password",
      `The password should have ${shortest} to ${longest} characters; this one has ${length}`,
    );
  }
  return password;
}

async function askTwice(terminal: Terminal): Promise<string> {
  if (!terminal.stdin.isTTY)
    throw new CommandProblem("no_password", "There is no terminal to ask at: give --password-stdin");
  const silence = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: terminal.stdin, output: silence, terminal: true });
  const lines = reader[Symbol.asyncIterator]();
  const ask = async (question: string): Promise<string> => {
    terminal.stderr.write(question);
    const line = await lines.next();
    terminal.stderr.write("\n");
    if (line.done) throw new CommandProblem("no_password", "Nothing was created");
    return line.value;
  };
  try {
    const password = await ask("Password: ");
    if ((await ask("Once more: ")) !== password)
      throw new CommandProblem("bad_password", "The two are not the same");
    return password;
  } finally {
    reader.close();
  }
}
