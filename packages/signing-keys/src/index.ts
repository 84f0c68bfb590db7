export { algorithms, sealContext as signingKeyContext, type Algorithm } from "./generate.ts";
export { ensureKeys, listKeys, rotateKeys, type KeyStage, type Rotation } from "./rotate.ts";
export { createSigningKeys, type SigningKeys } from "./signing-keys.ts";
