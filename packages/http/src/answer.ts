import { ServerResponse, type IncomingMessage } from "node:http";

type Headers = Readonly<Record<string, unknown>>;

/** Of Node's own, by which an answer's head is written out: the first line, and each header after it has been checked. */
const storeHeader = Reflect.get(ServerResponse.prototype, "_storeHeader") as (
  this: ServerResponse,
  firstLine: string,
  headers: Headers | undefined,
) => void;

/**
 * An answer, with headers that all answers have: they are checked and written out once. Node would check them, character by
 * character, and put them together for each answer: with a dozen of them that took longer than writing its line of the log.
 *
 * @param common by names in lower case; what an answer sets itself goes before them
 */
export function answerWith(common: Readonly<Record<string, string>>) {
  const names = Object.keys(common);
  const lines = linesOf(names);

  function linesOf(those: readonly string[]): string {
    return those.map((name) => `${name}: ${common[name]}\r\n`).join("");
  }

  return class Answer<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {
    _storeHeader(firstLine: string, own: Headers = {}): void {
      const isPlain = names.every((name) => own[name] === undefined);
      const beside = isPlain ? lines : linesOf(names.filter((name) => own[name] === undefined));
      storeHeader.call(this, firstLine + beside, own);
    }
  };
}
