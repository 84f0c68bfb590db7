/** An item of a bulk request: its bytes as they came, or why it can't be told. */
export type Item = { bytes: Buffer } | { problem: "item_too_large" | "truncated" | "malformed_json" };

const code = {
  tab: 0x09,
  newline: 0x0a,
  return: 0x0d,
  space: 0x20,
  quote: 0x22,
  comma: 0x2c,
  openArray: 0x5b,
  backslash: 0x5c,
  closeArray: 0x5d,
  openObject: 0x7b,
  closeObject: 0x7d,
} as const;

/** What some programs write in front of UTF-8. It is no part of the JSON (RFC 8259, 8.1). */
const byteOrderMark = [0xef, 0xbb, 0xbf];

const isSpace = (byte: number) =>
  byte === code.space || byte === code.newline || byte === code.return || byte === code.tab;

/**
 * Cuts a JSON array, or lines of JSON, into items as its bytes arrive; it holds one item at most, and of one that is too
 * large its beginning. Items are copies: a chunk may be memory that is used again. What is inside an item is not judged:
 * an item that is no JSON is cut out where its brackets close, or its line ends, so that the items around it stand.
 */
export class EventSplitter {
  readonly #limit: number;
  #mode: "start" | "array" | "lines" | "end";
  /** The item that is under way, of which `length` bytes have come. Its memory is used again for the next. */
  #item: Buffer = Buffer.alloc(0);
  #length = 0;
  #hasContent = false;
  #depth = 0;
  #inString = false;
  #isEscaped = false;
  #afterComma = false;
  #hasJunk = false;
  #markSeen = 0;

  /** @param isLines whether it is known to be lines; otherwise a `[` at the start says that it is an array */
  constructor(limit: number, isLines: boolean) {
    this.#limit = limit;
    this.#mode = isLines ? "lines" : "start";
  }

  /** The items that end in this chunk. */
  *push(chunk: Buffer): Generator<Item> {
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] as number;
      if (this.#markSeen < byteOrderMark.length) {
        if (byte === byteOrderMark[this.#markSeen]) {
          this.#markSeen++;
          from = at + 1;
          continue;
        }
        this.#hasJunk = this.#markSeen > 0;
        this.#markSeen = byteOrderMark.length;
      }
      if (this.#mode === "start") {
        if (isSpace(byte)) {
          from = at + 1;
          continue;
        }
        this.#mode = byte === code.openArray ? "array" : "lines";
        if (this.#mode === "array") {
          from = at + 1;
          continue;
        }
      }
      if (this.#mode === "lines") {
        const newline = chunk.indexOf(code.newline, at);
        at = newline === -1 ? chunk.length : newline;
        this.#hasContent ||= !isBlank(chunk, from, at);
        if (newline === -1) break;
        this.#keep(chunk, from, at);
        from = at + 1;
        yield* this.#take();
      } else if (this.#mode === "array") {
        const ended = this.#step(byte);
        if (!ended) continue;
        this.#keep(chunk, from, at);
        from = at + 1;
        if (ended === "comma" && !this.#hasContent) {
          this.#drop();
          yield { problem: "malformed_json" };
        } else if (ended === "array" && !this.#hasContent && this.#afterComma) {
          this.#drop();
          yield { problem: "malformed_json" };
        } else yield* this.#take();
        this.#afterComma = ended === "comma";
        if (ended === "array") this.#mode = "end";
      } else {
        if (!isSpace(byte)) this.#hasJunk = true;
        from = at + 1;
      }
    }
    this.#keep(chunk, from, chunk.length);
  }

  /** What is left when there is no more: the last line, or the word that the array was never closed. */
  *end(): Generator<Item> {
    if (this.#mode === "lines") yield* this.#take();
    if (this.#mode === "array") {
      this.#drop();
      yield { problem: "truncated" };
    }
    if (this.#hasJunk) yield { problem: "malformed_json" };
  }

  /** Follows strings and brackets; says what a byte at the array's own level ends. */
  #step(byte: number): "comma" | "array" | null {
    if (this.#inString) {
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === code.backslash) this.#isEscaped = true;
      else if (byte === code.quote) this.#inString = false;
      return null;
    }
    if (this.#depth === 0) {
      if (byte === code.comma) return "comma";
      if (byte === code.closeArray) return "array";
    }
    if (!isSpace(byte)) this.#hasContent = true;
    if (byte === code.quote) this.#inString = true;
    else if (byte === code.openObject || byte === code.openArray) this.#depth++;
    else if ((byte === code.closeObject || byte === code.closeArray) && this.#depth > 0) this.#depth--;
    return null;
  }

  #keep(chunk: Buffer, from: number, to: number): void {
    if (to <= from || this.#mode === "start" || this.#mode === "end") return;
    const begun = this.#length;
    this.#length += to - from;
    if (this.#length > this.#limit) return;
    if (this.#length > this.#item.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(this.#limit, 2 * this.#length));
      this.#item.copy(larger, 0, 0, begun);
      this.#item = larger;
    }
    chunk.copy(this.#item, begun, from, to);
  }

  *#take(): Generator<Item> {
    const [hasContent, length] = [this.#hasContent, this.#length];
    this.#drop();
    if (!hasContent) return;
    if (length > this.#limit) yield { problem: "item_too_large" };
    else yield { bytes: Buffer.from(trimmed(this.#item.subarray(0, length))) };
  }

  #drop(): void {
    this.#length = 0;
    this.#hasContent = false;
  }
}

function isBlank(bytes: Buffer, from: number, to: number): boolean {
  let at = from;
  while (at < to && isSpace(bytes[at] as number)) at++;
  return at === to;
}

/** An item without the white space around it, which is the list's and not its own. */
function trimmed(bytes: Buffer): Buffer {
  let [from, to] = [0, bytes.length];
  while (from < to && isSpace(bytes[from] as number)) from++;
  while (to > from && isSpace(bytes[to - 1] as number)) to--;
  return bytes.subarray(from, to);
}
