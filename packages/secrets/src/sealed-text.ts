import type { Sealer } from "./sealer.ts";

/** What a sealed text begins with: others may stand in its place. */
export const sealedMark = "sealed:";

/** As `Sealer.seal`, for a secret that stands among texts which are none: the mark, and base64. */
export function sealText(sealer: Sealer, plaintext: string, context: string): string {
  return sealedMark + sealer.seal(plaintext, context).toString("base64");
}

/**
 * @returns what was sealed; a text without the mark is returned as it is, for it was stored before it counted as a secret
 * @throws SealBroken
 */
export function openText(sealer: Sealer, text: string, context: string): string {
  if (!text.startsWith(sealedMark)) return text;
  return sealer.open(Buffer.from(text.slice(sealedMark.length), "base64"), context);
}
