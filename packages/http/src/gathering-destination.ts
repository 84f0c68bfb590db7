import { destination, type DestinationStream } from "pino";

/** A line waits this long for others at most. */
const gatherMs = 20;
/** Past so many characters what is gathered is written at once. */
const mostGathered = 64 * 1024;
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
  readonly #to: ReturnType<typeof destination>;
  #gathered = "";
  #timer: NodeJS.Timeout | undefined;

  constructor(fd: number) {
    this.#to = destination({ dest: fd, sync: false });
    process.on("exit", () => this.flushSync());
  }

  write(line: string): void {
    this.#gathered += line;
    if (this.lastLevel >= warn || this.#gathered.length > mostGathered) this.#pass();
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
    const gathered = this.#gathered;
    this.#gathered = "";
    if (gathered !== "") this.#to.write(gathered);
  }
}
