import type { Readable } from "node:stream";
import { Problem } from "@condo/http";
import type { Reservation } from "./byte-budget.ts";
import { bodyTruncated } from "./errors.ts";
import type { SizeLimit } from "./incoming-request.ts";

/** A body as a sequence of its bytes. */
export type Pieces = AsyncIterable<Buffer> | Iterable<Buffer>;

/**
 * The bytes as they were sent.
 *
 * @param told what Content-Length says; null for a body whose length nobody told
 * @throws Problem 413 past `limit`, 400 when the sender breaks off, 503 or 429 when memory runs short
 */
export async function readBody(
  stream: Readable,
  limit: SizeLimit,
  told: number | null,
  memory: Reservation,
): Promise<Buffer> {
  if (told !== null) return readTold(stream, limit, told, memory);
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

/** Into its place as it comes, which grows with what has come: what was told alone takes no memory. */
async function readTold(
  stream: Readable,
  limit: SizeLimit,
  told: number,
  memory: Reservation,
): Promise<Buffer> {
  let body: Buffer = Buffer.alloc(0);
  let length = 0;
  await eachChunk(stream, (chunk) => {
    const needed = length + chunk.length;
    if (needed > told) throw limit.exceeded();
    if (chunk.length === told) {
      memory.grow(told);
      body = chunk;
    } else {
      if (needed > body.length) body = enlarged(body, length, needed, told, memory);
      chunk.copy(body, length);
    }
    length = needed;
  });
  if (length < told) throw bodyTruncated();
  return body;
}

/**
 * A larger place for bytes that come one after another, twice as large as is needed, so that they are seldom moved.
 *
 * @param used how much of `place` they take
 * @param most that it may become
 * @throws Problem 503 or 429 when memory runs short
 */
export function enlarged(
  place: Buffer,
  used: number,
  needed: number,
  most: number,
  memory: Reservation,
): Buffer {
  const length = Math.min(2 * needed, most);
  memory.grow(length - place.length);
  const larger = Buffer.allocUnsafeSlow(length);
  place.copy(larger, 0, 0, used);
  return larger;
}

/** An error that comes later is nobody's concern any more. Made in there, it would keep the body as long as its request. */
function ignore(): void {}

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
      stream.on("error", ignore);
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
 * The bytes as they arrive, no faster than they are taken.
 *
 * @throws Problem 413 past `limit`, 400 when the sender breaks off
 */
export async function* arriving(stream: Readable, limit: SizeLimit): AsyncGenerator<Buffer> {
  let length = 0;
  try {
    // The connection stays: it carries the answer.
    for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > limit.bytes) throw limit.exceeded();
      yield chunk;
    }
  } catch (error) {
    throw error instanceof Problem ? error : bodyTruncated();
  } finally {
    stream.resume();
  }
}
