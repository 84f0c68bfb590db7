export { openText, sealedMark, sealText } from "./sealed-text.ts";
export { createSealer, SealBroken, type Sealer } from "./sealer.ts";
