import { createPrivateKey, type JsonWebKey, type KeyObject } from "node:crypto";
import type { Db } from "@condo/schema";
import type { Sealer } from "@condo/secrets";
import { sealContext, type Algorithm } from "./generate.ts";
import { ensureKeys, publishedKeys } from "./rotate.ts";

/** How soon a process signs with the key that a rotation made current. */
const currentKeptMs = 2_000;

interface CurrentKey {
  kid: string;
  algorithm: string;
  privateKey: KeyObject;
}

export interface SigningKeys {
  /** The key that signs now. */
  current(): Promise<CurrentKey>;
  /** The public keys that tokens may be signed with: next, current and previous, as a JWKS has them (RFC 7517). */
  published(): Promise<JsonWebKey[]>;
}

/**
 * The keys of the database as one process uses them. The first ones are made when they are first needed.
 *
 * @param algorithm of keys that are made from now on; the current key stays what it is until a rotation
 */
export function createSigningKeys(db: Db, sealer: Sealer, algorithm: Algorithm): SigningKeys {
  let signing: CurrentKey | undefined;
  let lookedAt = -Infinity;
  let looking: Promise<CurrentKey> | undefined;
  let ensured: Promise<void> | undefined;

  async function ensure(): Promise<void> {
    ensured ??= ensureKeys(db, sealer, algorithm);
    try {
      await ensured;
    } catch (error) {
      ensured = undefined;
      throw error;
    }
  }

  async function look(): Promise<CurrentKey> {
    const at = performance.now();
    await ensure();
    const key = await db
      .selectFrom("signing_keys")
      .select(["kid", "alg", "private_key_sealed"])
      .where("state", "=", "current")
      .executeTakeFirstOrThrow();
    if (key.kid !== signing?.kid) {
      const privateKey = createPrivateKey(sealer.open(key.private_key_sealed, sealContext(key.kid)));
      signing = { kid: key.kid, algorithm: key.alg, privateKey };
    }
    lookedAt = at;
    return signing;
  }

  return {
    async current() {
      if (signing && performance.now() - lookedAt < currentKeptMs) return signing;
      looking ??= look().finally(() => (looking = undefined));
      return looking;
    },
    async published() {
      await ensure();
      return (await publishedKeys(db)).map((key) => key.public_jwk);
    },
  };
}
