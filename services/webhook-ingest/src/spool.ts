import { randomUUID } from "node:crypto";
import { close, closeSync, openSync, read, unlinkSync, write } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { createByteBudget, type ByteBudget, type Reservation } from "./byte-budget.ts";
import { intakeUnavailable } from "./errors.ts";
import { enlarged } from "./read-body.ts";

/** Of one body, in memory: what is no larger never touches the disk. It is what is written at once, too. */
export const spoolHeldBytes = 1024 * 1024;
const pieceBytes = 64 * 1024;

const [readFile, writeFile, closeFile] = [promisify(read), promisify(write), promisify(close)];

/** Where a body waits that has to be there whole before anything of it may be stored. */
export interface Spool {
  /** Bytes of one body at most. */
  readonly limit: number;
  /** What its bodies take of the disk, and may. */
  readonly disk: ByteBudget;
  /** A place for a tenant's body, of which `heldBytes` stay in memory at most; to be closed whatever happens. */
  open(tenantId: string, heldBytes: number, memory: Reservation): SpooledBody;
}

/**
 * A spool in a folder, which is tried at once. Its files have no name by the time that anything is written to them, so
 * that none outlives its process.
 *
 * @param diskBytes of all bodies together
 * @param maxBodyBytes of one; it is held to a tenant's part of the disk, too
 * @throws Error when no file can be made there
 */
export function createSpool(folder: string, diskBytes: number, maxBodyBytes: number): Spool {
  closeSync(openNameless(folder));
  const disk = createByteBudget(diskBytes);
  return {
    limit: Math.min(maxBodyBytes, disk.tenantLimit),
    disk,
    open: (tenantId, heldBytes, memory) => new SpooledBody(folder, disk.open(tenantId, 0), heldBytes, memory),
  };
}

/** Both calls in one go: a process that is killed between two turns of its loop would leave the name behind. */
function openNameless(folder: string): number {
  const path = join(folder, `condo-spool-${randomUUID()}`);
  const file = openSync(path, "wx+", 0o600);
  try {
    unlinkSync(path);
    return file;
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/** A body's last bytes in memory, and those before them in a file. */
class SpooledBody {
  readonly #folder: string;
  readonly #disk: Reservation;
  readonly #heldLimit: number;
  readonly #memory: Reservation;
  #held: Buffer = Buffer.alloc(0);
  #heldBytes = 0;
  #file: number | null = null;
  #written = 0;
  #reading: Promise<unknown> = Promise.resolve();

  constructor(folder: string, disk: Reservation, heldBytes: number, memory: Reservation) {
    this.#folder = folder;
    this.#disk = disk;
    this.#heldLimit = heldBytes;
    this.#memory = memory;
  }

  /** Resolves once there is room for more. @throws Problem 503 or 429 when disk or memory are as full as they may be */
  async write(bytes: Buffer): Promise<void> {
    for (let from = 0; from < bytes.length;) {
      if (this.#heldBytes === this.#heldLimit) await this.#flush();
      const needed = Math.min(this.#heldBytes + bytes.length - from, this.#heldLimit);
      if (needed > this.#held.length) {
        this.#held = enlarged(this.#held, this.#heldBytes, needed, this.#heldLimit, this.#memory);
      }
      const copied = bytes.copy(this.#held, this.#heldBytes, from);
      this.#heldBytes += copied;
      from += copied;
    }
  }

  async #flush(): Promise<void> {
    this.#disk.grow(this.#heldBytes);
    try {
      this.#file ??= openNameless(this.#folder);
      for (let from = 0; from < this.#heldBytes;) {
        const left = this.#heldBytes - from;
        const { bytesWritten } = await writeFile(this.#file, this.#held, from, left, this.#written);
        this.#written += bytesWritten;
        from += bytesWritten;
      }
    } catch (error) {
      throw intakeUnavailable(error);
    }
    this.#heldBytes = 0;
  }

  /**
   * All of it, from its start, as often as is asked. A piece's memory is used again for the next.
   *
   * @throws Problem 503 when it can't be read
   */
  async *pieces(): AsyncGenerator<Buffer> {
    const piece = Buffer.allocUnsafeSlow(Math.min(pieceBytes, this.#written));
    for (let at = 0; at < this.#written;) {
      const length = await this.#read(piece, at);
      at += length;
      yield piece.subarray(0, length);
    }
    if (this.#heldBytes > 0) yield this.#held.subarray(0, this.#heldBytes);
  }

  async #read(into: Buffer, at: number): Promise<number> {
    try {
      if (this.#file === null) throw new Error("the body was let go");
      const reading = readFile(this.#file, into, 0, into.length, at);
      this.#reading = reading.catch(() => undefined);
      const { bytesRead } = await reading;
      if (bytesRead === 0) throw new Error("the file is shorter than what was written to it");
      return bytesRead;
    } catch (error) {
      throw intakeUnavailable(error);
    }
  }

  /** Gives back what it takes of the disk. A read that nobody waits for any more is through by then. */
  async close(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    await this.#reading;
    // What a failed close would have told is of no account: nobody reads the file again.
    if (file !== null) await closeFile(file).catch(() => undefined);
    this.#disk.release();
  }
}
