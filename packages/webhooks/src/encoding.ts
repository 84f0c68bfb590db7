export type Encoding = "hex" | "hex-any-case" | "base64";

/**
 * Decodes only the one canonical spelling of the bytes. Buffer.from would stop at the first foreign character and skip
 * others, so that many strings would stand for one signature.
 */
export function decodeStrict(text: string, encoding: Encoding): Buffer | null {
  return encoding === "hex-any-case" ? canonical(text.toLowerCase(), "hex") : canonical(text, encoding);
}

function canonical(text: string, encoding: "hex" | "base64"): Buffer | null {
  const bytes = Buffer.from(text, encoding);
  return bytes.length > 0 && bytes.toString(encoding) === text ? bytes : null;
}
