/** How many signatures of one header are tried. Ed25519 checks cost, and nobody rotates through more secrets at once. */
export const maxSignatures = 16;
