const masked = "[masked]";

/** A name of something that lets in whoever holds it: in whole words, so that `token_type` below and `tokenize` differ. */
const secretName =
  /(^|_)(passwords?|passphrase|secrets?|tokens?|credentials?|authorization|cookies?|headers|otp|totp|pin|hash|sealed|recovery_codes?|(api|private|signing|master|secret|access|encryption)_keys?|client_secret|code_verifier|jwk)($|_)/;

/** What such a name may say of a secret without telling it. */
const harmlessEnd =
  /_(at|ids?|count|type|names?|header|prefix|by|until|seconds|ms|days|length|required|provider|algorithm|expires_in)$|^(is|has)_/;

/** Secrets that give themselves away by their look, whatever they are called. */
const secretShapes =
  /\b(whsec_[\w+/=-]{8,}|ck_[\w-]{16,}|sk_(live|test)_\w{8,}|xox[abp]-[\w-]{8,}|gh[pousr]_\w{16,}|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*)/g;
const urlPassword = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@:]*:[^\s/@]*@/gi;

/**
 * A copy without the secrets, for what is kept and shown: by the names of fields, at any depth, and by the look of
 * values. What is no text under such a name (a flag, a count, a moment) stays.
 */
export function maskSecrets(value: unknown): unknown {
  return mask(value, false);
}

function mask(value: unknown, isSecret: boolean): unknown {
  if (typeof value === "string") {
    if (isSecret && value !== "") return masked;
    return value.replaceAll(secretShapes, masked).replaceAll(urlPassword, `$1${masked}@`);
  }
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  if (ArrayBuffer.isView(value)) return masked;
  if (Array.isArray(value)) return value.map((item) => mask(item, isSecret));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, mask(item, isSecretName(name, isSecret))]),
  );
}

/** Whether what has this name lets in whoever holds it. @param isInSecret it is a part of something that does */
export function isSecretName(name: string, isInSecret = false): boolean {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replaceAll("-", "_")
    .toLowerCase();
  if (harmlessEnd.test(words) || words === "id") return false;
  return isInSecret || secretName.test(words);
}
