import { createPrivateKey, generateKeyPair, type JsonWebKey, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import type { Db } from "@condo/schema";
import type { Sealer } from "@condo/secrets";
import { calculateJwkThumbprint } from "jose";
import { insertFirstKey, listKeys } from "./repositories/signing-keys.ts";

const algorithm = "EdDSA";

export interface SigningKeys {
  /** The key that signs now. */
  current(): Promise<{ kid: string; algorithm: string; privateKey: KeyObject }>;
  /** The public keys that tokens may be signed with: next, current and previous, as a JWKS has them (RFC 7517). */
  published(): Promise<JsonWebKey[]>;
}

/** Keys of the database, private parts sealed. The first key is made when it is first needed. */
export function createSigningKeys(db: Db, sealer: Sealer): SigningKeys {
  let signing: { kid: string; algorithm: string; privateKey: KeyObject } | undefined;

  async function loadCurrent() {
    let key = (await listKeys(db)).find(({ state }) => state === "current");
    if (!key) {
      await insertFirstKey(db, await generate(sealer));
      key = (await listKeys(db)).find(({ state }) => state === "current");
    }
    if (!key) throw new Error("There is no key to sign tokens with");
    const privateKey = createPrivateKey(sealer.open(key.private_key_sealed, contextOf(key.kid)));
    return { kid: key.kid, algorithm: key.alg, privateKey };
  }

  return {
    async current() {
      signing ??= await loadCurrent();
      return signing;
    },
    async published() {
      await this.current();
      return (await listKeys(db)).map((key) => key.public_jwk);
    },
  };
}

async function generate(sealer: Sealer) {
  const pair = await promisify(generateKeyPair)("ed25519");
  const jwk = pair.publicKey.export({ format: "jwk" });
  const kid = await calculateJwkThumbprint(pair.publicKey);
  return {
    kid,
    alg: algorithm,
    public_jwk: JSON.stringify({ ...jwk, kid, alg: algorithm, use: "sig" }),
    private_key_sealed: sealer.seal(
      pair.privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
      contextOf(kid),
    ),
  };
}

function contextOf(kid: string): string {
  return `signing_key:${kid}`;
}
