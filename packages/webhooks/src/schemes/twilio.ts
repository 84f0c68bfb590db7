import { createHash, timingSafeEqual } from "node:crypto";
import { wholeBody } from "../body-check.ts";
import type { BodyCheck } from "../body-check.ts";
import { decodeStrict } from "../encoding.ts";
import { textHmacKey } from "../keys.ts";
import type { SigningKey } from "../keys.ts";
import { readHeader, readQuery } from "../request.ts";
import { accept, reject } from "../verdict.ts";
import type { Scheme } from "./scheme.ts";

// A form is parsed and sorted before its signature is known, so what a stranger may ask for has to have an end.
const maxFormFields = 1000;
const maxFormBytes = 1024 * 1024;

/**
 * HMAC-SHA1 over the public URL, then over each form field's name and value in the order of their names. A body that is
 * not a form is vouched for by its SHA-256 in the signed URL, so a request without that hash is always read as a form:
 * trusting its Content-Type would leave the body unsigned.
 */
export const twilioScheme: Scheme<SigningKey> = {
  decodeSecret: textHmacKey("sha1"),
  open(request, keys) {
    const header = readHeader(request, "x-twilio-signature");
    if (header === undefined) return reject("missing_signature");
    const signature = decodeStrict(header, "base64");
    if (signature === null) return reject("malformed_signature");

    const urls = signedUrls(request.url);
    const isSigned = (fields: string) =>
      keys.some((key) =>
        urls.some((url) => {
          const check = key([signature]);
          check.update(url + fields);
          return check.matches();
        }),
      );
    const bodyHash = readQuery(request, "bodySHA256");
    if (bodyHash !== undefined) return isSigned("") ? hashedBody(bodyHash) : reject("wrong_signature");
    return wholeBody((body) => {
      const fields = signedFields(body);
      if (fields === null) return reject("malformed_body");
      return isSigned(fields) ? accept() : reject("wrong_signature");
    });
  },
};

function signedFields(body: Buffer): string | null {
  if (body.length > maxFormBytes) return null;
  const text = body.toString("utf8");
  if (text.split("&", maxFormFields + 1).length > maxFormFields) return null;
  const form = new URLSearchParams(text);
  const names = [...new Set(form.keys())].sort();
  return names
    .flatMap((name) => [...new Set(form.getAll(name))].sort().map((value) => name + value))
    .join("");
}

function hashedBody(hex: string): BodyCheck {
  const claimed = decodeStrict(hex, "hex");
  const hash = createHash("sha256");
  return {
    holdsBody: false,
    update: (bytes) => void hash.update(bytes),
    verdict() {
      const actual = hash.digest();
      const isSame = claimed?.length === actual.length && timingSafeEqual(claimed, actual);
      return isSame ? accept() : reject("wrong_signature");
    },
  };
}

/** Twilio signs the port in some requests and not in others; its own library tries both. */
function signedUrls(url: string): string[] {
  const parts = /^(https?):\/\/([^/?#@]*?)(:\d+)?(?=[/?#]|$)/i.exec(url);
  if (parts === null) return [url];
  const [origin, scheme = "", host = "", port] = parts;
  const rest = url.slice(origin.length);
  const withPort = port ?? (scheme.toLowerCase() === "https" ? ":443" : ":80");
  return [`${scheme}://${host}${rest}`, `${scheme}://${host}${withPort}${rest}`];
}
