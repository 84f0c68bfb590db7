import { createPublicKey, type JsonWebKey } from "node:crypto";
import { z } from "zod";

const refreshMs = 5 * 60_000;
const unknownKidPauseMs = 5_000;
/** While there are no keys at all: a service that started before identity-api is of use soon after it. */
const noKeysPauseMs = 500;

const jwksSchema = z.object({
  keys: z.array(z.looseObject({ kid: z.string(), alg: z.string(), kty: z.string() })),
});

/** The public keys that access tokens are verified with, held in memory. */
export interface KeySet {
  /**
   * The key as PEM; undefined when a fresh look did not find it.
   *
   * @throws what `load` threw, when the key is unknown because the last look failed
   */
  find(kid: string): Promise<string | undefined>;
  /** The key as PEM, if it is known without a look. */
  atHand(kid: string): string | undefined;
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
  let lastTry: Promise<void> = Promise.resolve();

  async function reload(): Promise<void> {
    triedAt = now();
    const loaded = await load();
    keys = new Map(loaded.map((jwk) => [String(jwk["kid"]), toPem(jwk)]));
    loadedAt = now();
  }

  function refresh(): Promise<void> {
    if (!loading) {
      loading = reload().finally(() => (loading = undefined));
      lastTry = loading;
    }
    return loading;
  }

  function atHand(kid: string): string | undefined {
    const known = keys.get(kid);
    // A failure is left to the next look: the key at hand is still good.
    if (known && now() - loadedAt > refreshMs && now() - triedAt > unknownKidPauseMs)
      refresh().catch(() => undefined);
    return known;
  }

  return {
    refresh,
    atHand,
    async find(kid) {
      const known = atHand(kid);
      if (known) return known;
      const pauseMs = keys.size === 0 ? noKeysPauseMs : unknownKidPauseMs;
      // A look that is under way, or that failed just now, is the answer for all who ask meanwhile.
      await (now() - triedAt > pauseMs ? refresh() : lastTry);
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
