import { Socket } from "node:net";

/** What is larger is not copied. */
const mostBytes = 16 * 1024;
/** By which a stream is told that it writes bytes; of Node's own, and not in its types. */
const bytes = "buffer" as BufferEncoding;

type Done = (error?: Error | null) => void;
interface Piece {
  chunk: Uint8Array;
  encoding: BufferEncoding;
}

/**
 * Hands what is written at once to the system as one piece: a statement is half a dozen small ones, and to describe each
 * takes longer than to copy them. It writes bytes alone, as `pg` does.
 */
export class JoiningSocket extends Socket {
  override _writev(pieces: Piece[], done: Done): void {
    const chunks = pieces.map(({ chunk }) => chunk);
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    if (length > mostBytes) super._writev?.(pieces, done);
    else this._write(Buffer.concat(chunks, length), bytes, done);
  }
}
