import { signedBody } from "../body-check.ts";
import { decodeStrict } from "../encoding.ts";
import { ed25519Key, hmacKey, plainSecret, UnusableSecretError } from "../keys.ts";
import type { SigningKey } from "../keys.ts";
import { readHeader } from "../request.ts";
import type { RequestHead } from "../request.ts";
import { checkTimestamp, parseTimestamp } from "../timestamp.ts";
import { reject } from "../verdict.ts";
import { maxSignatures } from "./limits.ts";
import type { Scheme } from "./scheme.ts";

/** `v1` is HMAC-SHA256 with a `whsec_…` secret, `v1a` is Ed25519 with a `whpk_…` public key. */
type Version = "v1" | "v1a";

interface StandardKey {
  readonly version: Version;
  readonly check: SigningKey;
}

interface StandardSignature {
  readonly version: Version;
  readonly bytes: Buffer;
}

/** What `<prefix>-id`, `<prefix>-timestamp` and `<prefix>-signature` may start with; the first that is used counts. */
export type HeaderPrefixes = readonly [string, ...string[]];

export function standardWebhooksScheme(prefixes: HeaderPrefixes): Scheme<StandardKey> {
  return {
    decodeSecret: decodeStandardSecret,
    signedAt: (request) =>
      parseTimestamp(readHeader(request, `${prefixInUse(request, prefixes)}-timestamp`), "unix"),
    open(request, keys, receipt) {
      const prefix = prefixInUse(request, prefixes);
      const header = readHeader(request, `${prefix}-signature`);
      if (header === undefined) return reject("missing_signature");
      const timestamp = readHeader(request, `${prefix}-timestamp`);
      if (timestamp === undefined) return reject("missing_timestamp");
      const id = readHeader(request, `${prefix}-id`);
      if (id === undefined) return reject("missing_id");

      const signatures = parseSignatures(header);
      if (signatures === null) return reject("malformed_signature");

      const reason = checkTimestamp(timestamp, { format: "unix" }, receipt);
      if (reason !== null) return reject(reason);

      const checks = keys.flatMap((key) => {
        const candidates = signatures.filter((signature) => signature.version === key.version);
        return candidates.length > 0 ? [key.check(candidates.map((candidate) => candidate.bytes))] : [];
      });
      return signedBody(`${id}.${timestamp}.`, "", checks);
    },
  };
}

/** The id that was signed: read under any other prefix, a replay could bring a fresh one of its own. */
export function signedId(request: RequestHead, prefixes: HeaderPrefixes): string | undefined {
  return readHeader(request, `${prefixInUse(request, prefixes)}-id`);
}

function prefixInUse(request: RequestHead, prefixes: HeaderPrefixes): string {
  return prefixes.find((prefix) => readHeader(request, `${prefix}-signature`) !== undefined) ?? prefixes[0];
}

function decodeStandardSecret(secret: string): StandardKey {
  const text = plainSecret(secret);
  if (text.startsWith("whpk_")) return { version: "v1a", check: ed25519Key(text) };
  if (text.startsWith("whsk_")) {
    throw new UnusableSecretError("is the sender's private key; its public key starts with whpk_");
  }
  return { version: "v1", check: hmacKey("sha256", decodeWhsec(text)) };
}

/** The key of a symmetric secret; as in the reference libraries, the prefix may be left out. */
export function decodeWhsec(secret: string): Buffer {
  const bytes = decodeStrict(secret.replace(/^whsec_/, ""), "base64");
  if (bytes === null) throw new UnusableSecretError("is not base64 after whsec_");
  return bytes;
}

/** Versions that came after this was written are passed over, as the specification asks. */
function parseSignatures(header: string): StandardSignature[] | null {
  const signatures: StandardSignature[] = [];
  for (const item of header.split(" ", maxSignatures)) {
    const comma = item.indexOf(",");
    if (comma === -1) return null;
    const version = item.slice(0, comma);
    if (version !== "v1" && version !== "v1a") continue;
    const bytes = decodeStrict(item.slice(comma + 1), "base64");
    if (bytes === null) return null;
    signatures.push({ version, bytes });
  }
  return signatures.length > 0 ? signatures : null;
}
