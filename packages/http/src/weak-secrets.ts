/** Passwords that stand in examples, images and tutorials; compared without case and punctuation. */
const knownPasswords = new Set([
  "123456",
  "12345678",
  "admin",
  "changeit",
  "changeme",
  "condo",
  "condoapp",
  "condoplatform",
  "default",
  "example",
  "foobared",
  "guest",
  "pass",
  "passwd",
  "password",
  "postgres",
  "postgresql",
  "redis",
  "replaceme",
  "root",
  "secret",
  "test",
  "valkey",
  "yourpassword",
]);

/** Of 32 random bytes, fewer than this many differ once in 10^18 draws. */
const distinctBytes = 16;

/**
 * Which variables hold a secret that anybody could guess: a default, an example, a pattern.
 *
 * @returns a line for each, which names it and never quotes it
 */
export function weakSecrets(config: Record<string, unknown>): string[] {
  const found: string[] = [];
  for (const [name, value] of Object.entries(config)) {
    if (typeof value !== "string") continue;
    if (name === "CONDO_MASTER_KEY" && isPatterned(Buffer.from(value, "base64"))) {
      found.push(`${name} is no random key, but an example or a pattern (openssl rand -base64 32 makes one)`);
    }
    if (name.endsWith("_URL") && hasKnownPassword(value)) {
      found.push(`${name} has a password that is a well-known default`);
    }
    if (/_(PASSWORD|SECRET|TOKEN)$/.test(name) && isKnown(value)) {
      found.push(`${name} is a well-known default, or one many times over`);
    }
  }
  return found;
}

function isPatterned(key: Buffer): boolean {
  const isText = key.every((byte) => byte >= 0x20 && byte < 0x7f);
  return isText || new Set(key).size < distinctBytes;
}

function hasKnownPassword(value: string): boolean {
  // Of a cluster's nodes the first is enough; several are no URL.
  const url = URL.parse(value.replace(/,[^@/?#]*$/, ""));
  if (!url || url.password === "") return false;
  const password = decodeURIComponent(url.password);
  return isKnown(password) || password === decodeURIComponent(url.username);
}

function isKnown(password: string): boolean {
  const plain = password.toLowerCase().replace(/[^a-z0-9]/g, "");
  const [, repeated = ""] = /^(.+?)\1+$/.exec(plain) ?? [];
  return knownPasswords.has(plain) || knownPasswords.has(repeated) || repeated.length === 1;
}
