import {
  createHash,
  createHmac,
  createPublicKey,
  createSecretKey,
  createVerify,
  timingSafeEqual,
  verify,
} from "node:crypto";
import type { KeyObject } from "node:crypto";
import { decodeStrict } from "./encoding.ts";

/** Takes what was signed, in parts as they come, and tells whether one of the signatures stands for it. */
export interface SignatureCheck {
  /** Whether it holds the parts: a scheme that signs the message itself, and not its hash, needs it whole. */
  readonly holdsContent: boolean;
  update(part: string | Buffer): void;
  /** Once, after the last part. */
  matches(): boolean;
}

/** Begins to check signatures by a key. */
export type SigningKey = (signatures: readonly Buffer[]) => SignatureCheck;

/** Turns a secret, as an operator pasted it, into a key. Throws UnusableSecretError. */
export type KeyDecoder<Key> = (secret: string) => Key;

/** Its message goes to whoever configures the source, so it never quotes the secret. */
export class UnusableSecretError extends Error {
  override name = "UnusableSecretError";
}

export type HmacAlgorithm = "sha1" | "sha256" | "sha512";

const maxSecretLength = 4096;

/** The secret's own characters are the key. */
export function textHmacKey(algorithm: HmacAlgorithm): KeyDecoder<SigningKey> {
  return (secret) => hmacKey(algorithm, Buffer.from(plainSecret(secret), "utf8"));
}

export function hmacKey(algorithm: HmacAlgorithm, bytes: Buffer): SigningKey {
  const key = createSecretKey(bytes);
  return (signatures) => {
    const hmac = createHmac(algorithm, key);
    return {
      holdsContent: false,
      update: (part) => void hmac.update(part),
      matches() {
        const expected = hmac.digest();
        return signatures.some(
          (signature) => signature.length === expected.length && timingSafeEqual(signature, expected),
        );
      },
    };
  };
}

/** A raw key in hex or base64, `whpk_…`, base64 DER, or PEM. */
export function ed25519Key(secret: string): SigningKey {
  const text = plainSecret(secret.trim());
  const raw = decodeStrict(text, "hex-any-case") ?? decodeStrict(text.replace(/^whpk_/, ""), "base64");
  const key = raw?.length === 32 ? importRawEd25519(raw) : importPublicKey(text);
  if (key?.asymmetricKeyType !== "ed25519") throw new UnusableSecretError("is not an Ed25519 public key");
  return (signatures) => {
    const parts: Buffer[] = [];
    return {
      holdsContent: true,
      update: (part) => void parts.push(typeof part === "string" ? Buffer.from(part, "utf8") : part),
      matches() {
        const message = Buffer.concat(parts);
        return signatures.some((signature) => verify(null, message, key, signature));
      },
    };
  };
}

/** An EC public key, base64 DER or PEM; signatures are DER, as OpenSSL and most senders write them. */
export function ecdsaKey(
  algorithm: "sha256" | "sha384" | "sha512",
  curve?: "prime256v1",
): KeyDecoder<SigningKey> {
  return (secret) => {
    const key = importPublicKey(plainSecret(secret.trim()));
    if (key?.asymmetricKeyType !== "ec") throw new UnusableSecretError("is not an ECDSA public key");
    if (curve !== undefined && key.asymmetricKeyDetails?.namedCurve !== curve) {
      throw new UnusableSecretError(`is not on the curve ${curve}`);
    }
    return (signatures) => {
      const checks = signatures.map((signature) => ({ signature, hash: createVerify(algorithm) }));
      return {
        holdsContent: false,
        update: (part) => checks.forEach(({ hash }) => hash.update(part)),
        matches: () => checks.some(({ hash, signature }) => hash.verify(key, signature)),
      };
    };
  };
}

/** A secret that is sent as it is; digests are compared, so that its length does not show. */
export type Credential = (presented: string) => boolean;

export function credential(secret: string): Credential {
  const expected = digest(plainSecret(secret));
  return (presented) => timingSafeEqual(digest(presented), expected);
}

export function plainSecret(secret: string): string {
  if (secret.length === 0) throw new UnusableSecretError("is empty");
  if (secret.length > maxSecretLength) {
    throw new UnusableSecretError(`is longer than ${maxSecretLength} characters`);
  }
  if (secret.trim() !== secret) throw new UnusableSecretError("starts or ends with white space");
  return secret;
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text, "utf8").digest();
}

/** The fixed head of an Ed25519 SubjectPublicKeyInfo. */
const ed25519SpkiHead = Buffer.from("302a300506032b6570032100", "hex");

function importRawEd25519(raw: Buffer): KeyObject | null {
  return importDer(Buffer.concat([ed25519SpkiHead, raw]));
}

function importPublicKey(text: string): KeyObject | null {
  // Node would take a private PEM for its public half; read as DER it is refused, and not kept where it isn't needed.
  const pem = /^-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----$/.exec(text);
  const der = decodeStrict((pem?.[1] ?? text).replace(/\s+/g, ""), "base64");
  return der === null ? null : importDer(der);
}

function importDer(der: Buffer): KeyObject | null {
  try {
    return createPublicKey({ key: der, format: "der", type: "spki" });
  } catch {
    return null;
  }
}
