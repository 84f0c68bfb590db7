import { createHash } from "node:crypto";
import type { BodyCheck, Verdict } from "@condo/webhooks";
import type { Reservation } from "./byte-budget.ts";
import { bodyTooLarge, rejected } from "./errors.ts";
import { bodyStream, toldLength } from "./incoming-request.ts";
import { arriving, readBody, type Pieces } from "./read-body.ts";
import type { Attempt } from "./rejections.ts";
import { spoolHeldBytes } from "./spool.ts";
import type { Bulk } from "./store-items.ts";
import { codingOf, unpacked, unprovenLimit } from "./unpack-body.ts";

/**
 * Takes a body that is signed as a whole, and gives what it unpacks to once its signature holds. It waits on disk where
 * its scheme lets it be verified as it arrives, else in memory.
 *
 * @param workBytes what `use` holds of it in memory at most
 * @throws Problem 401 for a wrong signature, 413 past the limit, 400 when it breaks off or is not packed as it says, 503
 * or 429 when memory or disk run short; and what `use` throws
 */
export async function withProvenBody<T>(
  bulk: Bulk,
  check: BodyCheck,
  made: Attempt,
  workBytes: number,
  use: (pieces: Pieces) => Promise<T>,
): Promise<T> {
  const { context, request, source } = bulk;
  const spool = check.holdsBody ? null : context.spool;
  const bytes = spool?.limit ?? context.config.MAX_WEBHOOK_BYTES;
  const limit = { bytes, exceeded: () => bodyTooLarge(bytes) };
  const coding = codingOf(request.headers["content-encoding"]);
  const told = toldLength(request, limit);
  const stream = bodyStream(request);

  const heldBytes = Math.min(told ?? spoolHeldBytes, spoolHeldBytes);
  const unpackedBytes = Math.min(coding ? workBytes : (told ?? workBytes), workBytes);
  const memory = context.memory.open(source.tenantId, spool ? heldBytes + unpackedBytes : (told ?? 0));
  const spooled = spool?.open(source.tenantId, heldBytes, memory);
  try {
    let sent: () => Pieces;
    let sentBytes = 0;
    if (spooled) {
      for await (const piece of stream ? arriving(stream, limit) : []) {
        sentBytes += piece.length;
        check.update(piece);
        await spooled.write(piece);
      }
      sent = () => (coding ? copies(spooled.pieces()) : spooled.pieces());
    } else {
      const body = stream ? await readBody(stream, limit, told, memory) : Buffer.alloc(0);
      sentBytes = body.length;
      check.update(body);
      sent = () => [body];
    }
    const pieces = (within = limit) => (coding ? unpacked(sent(), coding, within) : sent());
    try {
      // As for a single webhook: over the bytes as sent, or over what they unpack to.
      let verdict = check.verdict();
      if (!verdict.ok && coding)
        verdict = await verdictOf(bulk, pieces(unprovenLimit(limit, sentBytes)), memory);
      else if (coding) await assertUnpacks(pieces());
      if (!verdict.ok) throw rejected(verdict.reason);
    } catch (error) {
      made.body = await fingerprintOf(sent());
      throw error;
    }
    // Not before it is proven: strangers could hold as much of it as there is.
    if (spooled) memory.grow(unpackedBytes);
    return await use(pieces());
  } finally {
    await spooled?.close();
    memory.release();
  }
}

/** For an unpacker, which asks for the next piece before it is through with the last. */
async function* copies(pieces: Pieces): AsyncGenerator<Buffer> {
  for await (const piece of pieces) yield Buffer.from(piece);
}

/** So that one that breaks in its middle is refused whole, however it was signed. @throws Problem as `unpacked` */
async function assertUnpacks(unpacked: Pieces): Promise<void> {
  for await (const piece of unpacked) void piece;
}

async function verdictOf(
  { source, head, receivedAt }: Bulk,
  pieces: Pieces,
  memory: Reservation,
): Promise<Verdict> {
  const check = source.verifier.open(head, receivedAt);
  if ("ok" in check) return check;
  for await (const piece of pieces) {
    if (check.holdsBody) memory.grow(piece.length);
    check.update(piece);
  }
  return check.verdict();
}

/** What can be told of a body that was refused. */
async function fingerprintOf(pieces: Pieces) {
  const hash = createHash("sha256");
  let length = 0;
  for await (const piece of pieces) {
    hash.update(piece);
    length += piece.length;
  }
  return { length, sha256: hash.digest("hex") };
}
