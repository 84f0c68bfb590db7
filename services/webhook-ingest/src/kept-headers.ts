/** Names that hold credentials or signatures, or speak of the connection and not of the event. */
const left =
  /auth|cookie|signature|hmac|token|secret|api-?key|password|^(x-forwarded-.*|x-real-ip|x-request-id|traceparent|tracestate|baggage|x-tenant-id|forwarded|via|host|connection|keep-alive|transfer-encoding|te|trailer|upgrade|content-length|accept.*|content-encoding)$/i;

const namesLimit = 40;
const valueLimit = 1_024;

/**
 * The headers of a webhook that are worth keeping with it.
 *
 * @param secretHeaders further names that the source's configuration makes secret
 */
export function keptHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  secretHeaders: ReadonlySet<string>,
): Record<string, string> {
  const kept: Record<string, string> = {};
  let names = 0;
  for (const [name, value] of Object.entries(headers)) {
    if (names === namesLimit) break;
    if (typeof value !== "string" || value.length > valueLimit || left.test(name) || secretHeaders.has(name))
      continue;
    kept[name] = value;
    names++;
  }
  return kept;
}

/** Headers that a source's configuration makes secret, whatever their names look like. */
export function secretHeadersOf(source: { config: Record<string, unknown> }): ReadonlySet<string> {
  const header = source.config["header"];
  return new Set(typeof header === "string" ? [header.toLowerCase()] : []);
}
