import { destination, type DestinationStream } from "pino";

/** A line waits this long for others at most. */
const gatherMs = 20;
/** For what is gathered; what does not fit any more is written at once. */
const roomBytes = 64 * 1024;
/** Of UTF-8, for one of a string's characters. */
const mostBytesACharacter = 3;
const warn = 40;
/** By which pino knows whom to tell the level of each line. */
const wantsLevel: unique symbol = Symbol.for("pino.metadata");

/**
 * Writes lines to `fd`, many with one call to the system: at a thousand requests a second a call a line costs more than
 * the line. Warnings, and what is worse, are written at once with what was gathered before them. What a killed process
 * had gathered is lost; one that exits writes it.
 */
export class GatheringDestination implements DestinationStream {
  readonly [wantsLevel] = true;
  lastLevel = 0;
  // It takes bytes as well, which its types don't say.
  readonly #to: { write(bytes: string | Buffer): void; flushSync(): void };
  /** Lines as bytes: as text, it would be put together anew for each use, and moved about by every collection. */
  #gathered = Buffer.allocUnsafeSlow(roomBytes);
  #length = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(fd: number) {
    this.#to = destination({ dest: fd, sync: false, contentMode: "buffer" });
    process.on("exit", () => this.flushSync());
  }

  write(line: string): void {
    const mostBytes = line.length * mostBytesACharacter;
    if (mostBytes > roomBytes - this.#length) this.#pass();
    if (mostBytes > roomBytes) this.#to.write(Buffer.from(line));
    else this.#length += this.#gathered.write(line, this.#length);
    if (this.lastLevel >= warn) this.#pass();
    else this.#timer ??= setTimeout(() => this.#pass(), gatherMs).unref();
  }

  /** Pino asks for it after a `fatal` line. */
  flushSync(): void {
    this.#pass();
    this.#to.flushSync();
  }

  #pass(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const length = this.#length;
    this.#length = 0;
    if (length > 0) this.#to.write(Buffer.copyBytesFrom(this.#gathered, 0, length));
  }
}
