import { timingSafeEqual } from "node:crypto";
import type { Sealer } from "@condo/secrets";

const lifeMs = 10 * 60_000;

/**
 * Makes a word that has to be given back before something that can't be undone is done. It says what is asked for and by
 * whom, so it is worth nothing elsewhere, and nothing has to be remembered.
 *
 * @param what the deed, its subject, the state that the subject is in, and who asks
 */
export function newConfirmation(sealer: Sealer, what: readonly string[], now: Date): string {
  return wordFor(sealer, what, now.getTime() + lifeMs);
}

/** Whether this is a word that {@link newConfirmation} made of the same, and not too long ago. */
export function isConfirmed(sealer: Sealer, what: readonly string[], word: string, now: Date): boolean {
  const ends = Number(/^(\d{1,15})-/.exec(word)?.[1]);
  if (!(ends > now.getTime())) return false;
  const [expected, given] = [Buffer.from(wordFor(sealer, what, ends)), Buffer.from(word)];
  return expected.length === given.length && timingSafeEqual(expected, given);
}

function wordFor(sealer: Sealer, what: readonly string[], ends: number): string {
  const digest = sealer.digest(JSON.stringify([...what, ends]), "confirmation");
  return `${ends}-${digest.toString("base64url")}`;
}
