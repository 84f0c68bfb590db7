import type { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { constants, createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { Problem } from "@condo/http";
import type { Reservation } from "./byte-budget.ts";
import { malformedEncoding, unpacksTooFar, unsupportedEncoding } from "./errors.ts";
import type { SizeLimit } from "./incoming-request.ts";
import type { Pieces } from "./read-body.ts";

/** Makes a stream that unpacks. */
type Coding = () => Transform;

/** JSON packs to between a third and a twentieth. */
const unprovenFactor = 32;
const unprovenBytes = 256 * 1024;

const codings: Record<string, Coding> = {
  gzip: () => createGunzip(),
  "x-gzip": () => createGunzip(),
  deflate: () => createInflate(),
  br: () => createBrotliDecompress({ flush: constants.BROTLI_OPERATION_PROCESS }),
};

/** How a body is packed; null when it is not. @throws Problem 415 for a coding, or several, that are not known here */
export function codingOf(header: string | undefined): Coding | null {
  const name = header?.trim().toLowerCase() ?? "";
  if (name === "" || name === "identity") return null;
  if (!Object.hasOwn(codings, name)) throw unsupportedEncoding();
  return codings[name] ?? null;
}

/**
 * How far a body is unpacked whose sender is not proven yet. A few bytes can unpack to a thousand times as many, and to
 * unpack and hash those costs us as if a stranger had sent them.
 *
 * @param packedBytes that were sent
 */
export function unprovenLimit(limit: SizeLimit, packedBytes: number): SizeLimit {
  const bytes = Math.max(unprovenBytes, unprovenFactor * packedBytes);
  return bytes < limit.bytes ? { bytes, exceeded: () => unpacksTooFar(bytes) } : limit;
}

/**
 * What a body unpacks to, in pieces.
 *
 * @param packed whose pieces stay as they are: the unpacker may ask for the next before it is through with the last
 * @throws Problem 413 when that is more than `limit`, 400 when it is not packed as it says; and what `packed` throws
 */
export async function* unpacked(packed: Pieces, coding: Coding, limit: SizeLimit): AsyncGenerator<Buffer> {
  const unpacker = coding();
  // What goes wrong in it shows in the unpacker.
  pipeline(packed, unpacker).catch(() => undefined);
  let length = 0;
  try {
    for await (const piece of unpacker as AsyncIterable<Buffer>) {
      length += piece.length;
      if (length > limit.bytes) throw limit.exceeded();
      yield piece;
    }
  } catch (error) {
    throw error instanceof Problem ? error : malformedEncoding();
  }
}

/**
 * What a body unpacks to. It is held while it grows, not when it is there: many small ones that unpack to large ones would
 * fill the process before the first of them was counted.
 *
 * @throws Problem as `unpacked`; 503 or 429 when memory runs short
 */
export async function unpackBody(
  coding: Coding,
  packed: Buffer,
  limit: SizeLimit,
  memory: Reservation,
): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of unpacked([packed], coding, limit)) {
    memory.grow(piece.length);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
