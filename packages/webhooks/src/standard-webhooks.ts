import { createHmac, createPrivateKey, randomBytes, sign } from "node:crypto";
import { decodeStrict } from "./encoding.ts";
import { decodeWhsec } from "./schemes/standard-webhooks.ts";
import { UnusableSecretError } from "./keys.ts";

export interface StandardWebhookHeaders {
  readonly "webhook-id": string;
  readonly "webhook-timestamp": string;
  readonly "webhook-signature": string;
}

/** The Standard Webhooks specification asks for 24 to 64 bytes. */
const secretBytes = 32;

/** A new secret for a destination, in the form that every Standard Webhooks library takes. */
export function generateStandardSecret(): string {
  return `whsec_${randomBytes(secretBytes).toString("base64")}`;
}

/**
 * Signs what Condo sends: `whsec_…` with HMAC-SHA256, `whsk_…` with Ed25519, and with each of several secrets while one
 * takes the other's place. Throws UnusableSecretError.
 */
export function signStandardWebhook(
  secrets: readonly string[],
  id: string,
  timestampSeconds: number,
  body: Buffer,
): StandardWebhookHeaders {
  if (secrets.length === 0) throw new UnusableSecretError("a webhook can't be signed without a secret");
  const head = `${id}.${timestampSeconds}.`;
  return {
    "webhook-id": id,
    "webhook-timestamp": String(timestampSeconds),
    "webhook-signature": secrets.map((secret) => signWith(secret, head, body)).join(" "),
  };
}

function signWith(secret: string, head: string, body: Buffer): string {
  if (secret.startsWith("whsk_")) {
    const signature = sign(null, Buffer.concat([Buffer.from(head), body]), decodeWhsk(secret));
    return `v1a,${signature.toString("base64")}`;
  }
  const digest = createHmac("sha256", decodeWhsec(secret)).update(head).update(body).digest("base64");
  return `v1,${digest}`;
}

/** The fixed head of an Ed25519 PrivateKeyInfo. */
const ed25519Pkcs8Head = Buffer.from("302e020100300506032b657004220420", "hex");

/** A 32-byte seed; many libraries write the public key behind it. */
function decodeWhsk(secret: string) {
  const bytes = decodeStrict(secret.slice("whsk_".length), "base64");
  if (bytes?.length !== 32 && bytes?.length !== 64) {
    throw new UnusableSecretError("is not an Ed25519 private key after whsk_");
  }
  const der = Buffer.concat([ed25519Pkcs8Head, bytes.subarray(0, 32)]);
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" });
}
