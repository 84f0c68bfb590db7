import { generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import type { Sealer } from "@condo/secrets";
import { calculateJwkThumbprint } from "jose";

const generatePair = promisify(generateKeyPair);

/** What tokens may be signed with (RFC 7518, RFC 8037). */
const makers = {
  EdDSA: () => generatePair("ed25519"),
  ES256: () => generatePair("ec", { namedCurve: "P-256" }),
  RS256: () => generatePair("rsa", { modulusLength: 3072 }),
} as const satisfies Record<string, () => Promise<{ publicKey: KeyObject; privateKey: KeyObject }>>;

export type Algorithm = keyof typeof makers;
export const algorithms = Object.keys(makers) as [Algorithm, ...Algorithm[]];

/** Makes a key: its public part as a JWK, its private part sealed. */
export async function generateKey(sealer: Sealer, algorithm: Algorithm) {
  const { publicKey, privateKey } = await makers[algorithm]();
  const kid = await calculateJwkThumbprint(publicKey);
  return {
    kid,
    alg: algorithm,
    public_jwk: JSON.stringify({ ...publicKey.export({ format: "jwk" }), kid, alg: algorithm, use: "sig" }),
    private_key_sealed: sealer.seal(
      privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
      sealContext(kid),
    ),
  };
}

/** What a sealed private key is bound to. */
export function sealContext(kid: string): string {
  return `signing_key:${kid}`;
}
