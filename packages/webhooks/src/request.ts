/** A request without its body, as it came over the wire. Everything in it may have been written by an attacker. */
export interface RequestHead {
  readonly method: string;
  /** The full public URL that the sender posted to, query included. */
  readonly url: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

export interface SignedRequest extends RequestHead {
  readonly body: Buffer;
  /** The body as JSON, where it has been parsed already. */
  readonly json?: unknown;
}

/** No sender signs with more than this; past it a header is not worth parsing. */
const maxHeaderLength = 8192;

/** The header's value; an empty or an oversized one counts as absent. */
export function readHeader(request: RequestHead, name: string): string | undefined {
  const value: unknown = request.headers[name];
  const isUsable = typeof value === "string" && value.length > 0 && value.length <= maxHeaderLength;
  return isUsable ? value : undefined;
}

export function readQuery(request: RequestHead, name: string): string | undefined {
  const start = request.url.indexOf("?");
  if (start === -1) return undefined;
  return new URLSearchParams(request.url.slice(start + 1)).get(name) ?? undefined;
}
