import { signedBody } from "../body-check.ts";
import { decodeStrict } from "../encoding.ts";
import { textHmacKey } from "../keys.ts";
import type { SigningKey } from "../keys.ts";
import { readHeader } from "../request.ts";
import { checkTimestamp, parseTimestamp } from "../timestamp.ts";
import { reject } from "../verdict.ts";
import { maxSignatures } from "./limits.ts";
import type { Scheme } from "./scheme.ts";

/** `Stripe-Signature: t=1492774577,v1=5257a8…,v1=…,v0=…`; while a secret is rolled there is one `v1` for each. */
export const stripeScheme: Scheme<SigningKey> = {
  decodeSecret: textHmacKey("sha256"),
  signedAt(request) {
    const items = (readHeader(request, "stripe-signature") ?? "").split(",");
    return parseTimestamp(valuesOf(items, "t")[0], "unix");
  },
  open(request, keys, receipt) {
    const header = readHeader(request, "stripe-signature");
    if (header === undefined) return reject("missing_signature");

    // Stripe writes no spaces, but a header that was sent twice is joined with one.
    if (header.includes(" ")) return reject("malformed_signature");
    const items = header.split(",");
    const [timestamp, ...furtherTimestamps] = valuesOf(items, "t");
    if (timestamp === undefined) return reject("missing_timestamp");
    if (furtherTimestamps.length > 0) return reject("malformed_timestamp");

    const encoded = valuesOf(items, "v1").slice(0, maxSignatures);
    if (encoded.length === 0) return reject("missing_signature");
    const signatures = encoded.map((text) => decodeStrict(text, "hex"));
    if (!signatures.every((bytes) => bytes !== null)) return reject("malformed_signature");

    const reason = checkTimestamp(timestamp, { format: "unix" }, receipt);
    if (reason !== null) return reject(reason);

    return signedBody(
      `${timestamp}.`,
      "",
      keys.map((key) => key(signatures)),
    );
  },
};

function valuesOf(items: readonly string[], key: string): string[] {
  const head = `${key}=`;
  return items.filter((item) => item.startsWith(head)).map((item) => item.slice(head.length));
}
