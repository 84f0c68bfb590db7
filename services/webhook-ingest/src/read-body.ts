import type { Readable, Transform } from "node:stream";
import { constants, createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { Problem } from "@condo/http";
import { bodyTruncated, malformedEncoding, unsupportedEncoding } from "./errors.ts";
import type { SizeLimit } from "./incoming-request.ts";
import type { Reservation } from "./memory-budget.ts";

/** Makes a stream that unpacks. */
type Coding = () => Transform;

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
 * The bytes as they were sent.
 *
 * @param told what Content-Length says, and is reserved already; null for a body whose length nobody told
 * @throws Problem 413 past `limit`, 400 when the sender breaks off, 503 or 429 when memory runs short
 */
export async function readBody(
  stream: Readable,
  limit: SizeLimit,
  told: number | null,
  memory: Reservation,
): Promise<Buffer> {
  if (told !== null) return readTold(stream, limit, told);
  const chunks: Buffer[] = [];
  let length = 0;
  await eachChunk(stream, (chunk) => {
    length += chunk.length;
    if (length > limit.bytes) throw limit.exceeded();
    memory.grow(chunk.length);
    chunks.push(chunk);
  });
  const [only] = chunks;
  return only && chunks.length === 1 ? only : Buffer.concat(chunks, length);
}

/** Into its place as it comes: a large body is never there twice. What has not come yet takes no memory of the machine. */
async function readTold(stream: Readable, limit: SizeLimit, told: number): Promise<Buffer> {
  let body: Buffer = Buffer.alloc(0);
  let length = 0;
  await eachChunk(stream, (chunk) => {
    if (length + chunk.length > told) throw limit.exceeded();
    if (chunk.length === told) body = chunk;
    else {
      if (length === 0) body = Buffer.allocUnsafeSlow(told);
      chunk.copy(body, length);
    }
    length += chunk.length;
  });
  if (length < told) throw bodyTruncated();
  return body;
}

/** Feeds a stream to `take`. What it throws leaves the stream open: whoever answers decides about the rest of the body. */
function eachChunk(stream: Readable, take: (chunk: Buffer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const onData = (chunk: Buffer) => {
      try {
        take(chunk);
      } catch (error) {
        settle(error);
      }
    };
    const onEnd = () => settle();
    const onLost = () => settle(bodyTruncated());
    function settle(error?: unknown): void {
      stream.off("data", onData).off("end", onEnd).off("error", onLost).off("close", onLost);
      // An error that comes later is nobody's concern any more.
      stream.on("error", () => undefined);
      if (error === undefined) {
        resolve();
        return;
      }
      stream.pause();
      reject(error);
    }
    stream.on("data", onData).on("end", onEnd).on("error", onLost).on("close", onLost);
  });
}

/**
 * What a body unpacks to. It is held while it grows, not when it is there: many small ones that unpack to large ones would
 * fill the process before the first of them was counted.
 *
 * @throws Problem 413 when it unpacks to more than `limit`, 400 when it is not packed as it says, 503 or 429 when memory
 * runs short
 */
export async function unpackBody(
  coding: Coding,
  packed: Buffer,
  limit: SizeLimit,
  memory: Reservation,
): Promise<Buffer> {
  const unpacker = coding();
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    unpacker.end(packed);
    for await (const chunk of unpacker as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > limit.bytes) throw limit.exceeded();
      memory.grow(chunk.length);
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof Problem ? error : malformedEncoding();
  }
  return Buffer.concat(chunks, length);
}
