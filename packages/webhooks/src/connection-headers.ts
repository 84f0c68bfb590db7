const names = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/**
 * Whether a header is about one connection or the length of one body (RFC 9110): a proxy changes it, and what it says has an
 * effect.
 *
 * @param name in lower case
 */
export function isOfConnection(name: string): boolean {
  return names.has(name) || name.startsWith("proxy-");
}
