import { createPublicKey, type JsonWebKey } from "node:crypto";
import { z } from "zod";

const refreshMs = 5 * 60_000;
const unknownKidPauseMs = 5_000;

const jwksSchema = z.object({
  keys: z.array(z.looseObject({ kid: z.string(), alg: z.string(), kty: z.string() })),
});

/** The public keys that access tokens are verified with, held in memory. */
export interface KeySet {
  /** The key as PEM; undefined when no such key is known even after a fresh look. */
  find(kid: string): Promise<string | undefined>;
  /** Looks again at once, as after a rotation. */
  refresh(): Promise<void>;
}

/**
 * Keeps keys in memory and looks again every five minutes, or for an unknown `kid`, but then at most once in five
 * seconds: a stranger's tokens can't turn into load. Keys that were loaded once stay when their source is away.
 */
export function createKeySet(load: () => Promise<JsonWebKey[]>, now: () => number = Date.now): KeySet {
  let keys = new Map<string, string>();
  let loadedAt = -Infinity;
  let triedAt = -Infinity;
  let loading: Promise<void> | undefined;

  async function reload(): Promise<void> {
    triedAt = now();
    const loaded = await load();
    keys = new Map(loaded.map((jwk) => [String(jwk["kid"]), toPem(jwk)]));
    loadedAt = now();
  }

  function refresh(): Promise<void> {
    loading ??= reload().finally(() => (loading = undefined));
    return loading;
  }

  return {
    refresh,
    async find(kid) {
      const known = keys.get(kid);
      if (known) {
        // A failure is left to the next look: the key at hand is still good.
        if (now() - loadedAt > refreshMs && now() - triedAt > unknownKidPauseMs)
          refresh().catch(() => undefined);
        return known;
      }
      if (keys.size === 0 || now() - triedAt > unknownKidPauseMs) await refresh();
      return keys.get(kid);
    },
  };
}

/** Loads a JWKS (RFC 7517) from identity-api. */
export function fetchJwks(url: string): () => Promise<JsonWebKey[]> {
  return async () => {
    const answer = await fetch(url, { signal: AbortSignal.timeout(5_000), redirect: "error" });
    if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
    return jwksSchema.parse(await answer.json()).keys;
  };
}

function toPem(jwk: JsonWebKey): string {
  return createPublicKey({ key: jwk, format: "jwk" }).export({ type: "spki", format: "pem" }).toString();
}
