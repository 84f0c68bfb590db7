import { decodeStrict } from "../encoding.ts";
import { credential, plainSecret, UnusableSecretError } from "../keys.ts";
import type { Credential } from "../keys.ts";
import { readHeader } from "../request.ts";
import type { RequestHead } from "../request.ts";
import { accept, reject } from "../verdict.ts";
import type { RejectionReason } from "../verdict.ts";
import type { Scheme } from "./scheme.ts";

type Presented = { readonly value: string } | { readonly reason: RejectionReason };

/** The secret itself is sent along: nothing ties it to the body, so only the channel protects it. */
function credentialScheme(
  read: (request: RequestHead) => Presented,
  decodeSecret: (secret: string) => Credential = credential,
): Scheme<Credential> {
  return {
    decodeSecret,
    open(request, keys) {
      const presented = read(request);
      if ("reason" in presented) return reject(presented.reason);
      return keys.some((matches) => matches(presented.value)) ? accept() : reject("wrong_credentials");
    },
  };
}

export function apiKeyScheme(header: string): Scheme<Credential> {
  return credentialScheme((request) => {
    const value = readHeader(request, header);
    return value === undefined ? { reason: "missing_credentials" } : { value };
  }, bareCredential);
}

export const bearerScheme = credentialScheme(
  (request) => readAuthorization(request, "bearer"),
  bareCredential,
);

/** The secret is `user:password`. */
export const basicScheme = credentialScheme(
  (request) => {
    const presented = readAuthorization(request, "basic");
    if ("reason" in presented) return presented;
    const bytes = decodeStrict(presented.value, "base64");
    return bytes === null ? { reason: "malformed_credentials" } : { value: bytes.toString("utf8") };
  },
  (secret) => {
    if (!plainSecret(secret).includes(":")) throw new UnusableSecretError("is not of the form user:password");
    return credential(secret);
  },
);

/** Of a secret that stands in a header as it is. */
function bareCredential(secret: string): Credential {
  if (!/^[\x20-\x7e]*$/.test(secret)) throw new UnusableSecretError("has characters that no header carries");
  return credential(secret);
}

function readAuthorization(request: RequestHead, scheme: string): Presented {
  const header = readHeader(request, "authorization");
  if (header === undefined) return { reason: "missing_credentials" };
  const space = header.indexOf(" ");
  const isScheme = space !== -1 && header.slice(0, space).toLowerCase() === scheme;
  const value = header.slice(space + 1);
  return isScheme && value !== "" ? { value } : { reason: "malformed_credentials" };
}
