import { randomFillSync } from "node:crypto";
import { v5, v7 } from "uuid";

/** Drawn a page at a time: a draw for each id took four times as long as the rest of it. */
const random = new Uint8Array(4096);
const idBytes = 16;
let drawn = random.length;
let msecs = 0;
let seq = 0;

/** A new id: a UUIDv7 (RFC 9562), so that ids sort by the time they were made, those of one process strictly. */
export function newId(): string {
  if (drawn === random.length) {
    randomFillSync(random);
    drawn = 0;
  }
  const own = random.subarray(drawn, (drawn += idBytes));
  const now = Date.now();
  if (now > msecs) {
    msecs = now;
    // 31 bits of 32: a millisecond has room for two thousand million.
    seq = new DataView(own.buffer, own.byteOffset).getUint32(0) >>> 1;
  } else {
    seq = (seq + 1) >>> 0;
    if (seq === 0) msecs++;
  }
  return v7({ random: own, msecs, seq });
}

/** The id of what follows from `cause`, a UUID, for `subject`: always the same (UUIDv5), so that doing it again shows. */
export function idFrom(cause: string, subject: string): string {
  return v5(subject, cause);
}
