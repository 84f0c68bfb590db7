/** Names that hold credentials or signatures, or an address as a proxy saw it, with the source's key. */
const secret =
  /auth|cookie|signature|hmac|token|secret|api-?key|password|^(x-forwarded-.*|x-original-ur[il]|x-rewrite-url|x-real-ip|forwarded)$/i;

/** Names that speak of the connection and not of the event. */
const ofConnection =
  /^(x-request-id|traceparent|tracestate|baggage|x-tenant-id|via|host|connection|keep-alive|transfer-encoding|te|trailer|upgrade|content-length|accept.*|content-encoding)$/i;

const namesLimit = 40;
const shownLimit = 60;
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
    if (ofConnection.test(name) || !isShown(name, value, secretHeaders)) continue;
    kept[name] = value;
    names++;
  }
  return kept;
}

/** The headers of a request for whoever is to see what came: every name, and the values that are no secret. */
export function redactedHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  secretHeaders: ReadonlySet<string>,
): Record<string, string> {
  const shown = Object.entries(headers).slice(0, shownLimit);
  return Object.fromEntries(
    shown.map(([name, value]) => [name, isShown(name, value, secretHeaders) ? value : "[redacted]"]),
  );
}

function isShown(
  name: string,
  value: string | string[] | undefined,
  secretHeaders: ReadonlySet<string>,
): value is string {
  return (
    typeof value === "string" && value.length <= valueLimit && !secret.test(name) && !secretHeaders.has(name)
  );
}

/** Headers that a source's configuration makes secret, whatever their names look like. */
export function secretHeadersOf(source: { config: Record<string, unknown> }): ReadonlySet<string> {
  const header = source.config["header"];
  return new Set(typeof header === "string" ? [header.toLowerCase()] : []);
}
