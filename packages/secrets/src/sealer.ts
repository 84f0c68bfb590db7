import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto";

const format = 1;
const nonceLength = 12;
const tagLength = 16;

/** What was sealed can't be opened: another key, another context, or changed bytes. */
export class SealBroken extends Error {
  constructor() {
    super("A sealed secret can't be opened: it was sealed with another CONDO_MASTER_KEY, or was changed");
  }
}

export interface Sealer {
  /**
   * Encrypts a secret for storage with AES-256-GCM (NIST SP 800-38D) under a random nonce.
   *
   * @param context what the secret belongs to, such as `webhook_source_secret:<id>`; opening needs the same, so that a
   *   sealed value copied to another row is of no use there
   */
  seal(plaintext: string, context: string): Buffer;
  /** @throws SealBroken */
  open(sealed: Buffer, context: string): string;
  /** A keyed digest (HMAC-SHA256) for one purpose: nobody without the master key can make it. */
  digest(input: string | Buffer, purpose: string): Buffer;
}

/** @param masterKey 32 bytes in base64, as in CONDO_MASTER_KEY */
export function createSealer(masterKey: string): Sealer {
  const key = Buffer.from(masterKey, "base64");
  if (key.length !== 32) throw new TypeError("The master key must be 32 bytes in base64");
  const sealingKey = derive(key, "seal");
  const digestKeys = new Map<string, Buffer>();

  return {
    seal(plaintext, context) {
      const nonce = randomBytes(nonceLength);
      const cipher = createCipheriv("aes-256-gcm", sealingKey, nonce).setAAD(Buffer.from(context));
      const body = Buffer.concat([cipher.update(plaintext, "utf8"), cipher.final()]);
      return Buffer.concat([Buffer.of(format), nonce, cipher.getAuthTag(), body]);
    },

    open(sealed, context) {
      if (sealed[0] !== format || sealed.length < 1 + nonceLength + tagLength) throw new SealBroken();
      const nonce = sealed.subarray(1, 1 + nonceLength);
      const tag = sealed.subarray(1 + nonceLength, 1 + nonceLength + tagLength);
      const decipher = createDecipheriv("aes-256-gcm", sealingKey, nonce, { authTagLength: tagLength })
        .setAAD(Buffer.from(context))
        .setAuthTag(tag);
      try {
        const body = sealed.subarray(1 + nonceLength + tagLength);
        return Buffer.concat([decipher.update(body), decipher.final()]).toString("utf8");
      } catch {
        throw new SealBroken();
      }
    },

    digest(input, purpose) {
      let digestKey = digestKeys.get(purpose);
      if (!digestKey) {
        digestKey = derive(key, `digest:${purpose}`);
        digestKeys.set(purpose, digestKey);
      }
      return createHmac("sha256", digestKey).update(input).digest();
    },
  };
}

/** One key a purpose (HKDF, RFC 5869). */
function derive(key: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync("sha256", key, "", `condo:${purpose}`, 32));
}
