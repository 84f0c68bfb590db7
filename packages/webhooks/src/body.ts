import { readHeader } from "./request.ts";
import type { RequestHead, SignedRequest } from "./request.ts";

/** Parsing a bigger body only to see what it says of its event would hold up every other request of the process. */
const maxParsedBytes = 1024 * 1024;

/** The body as JSON; undefined when it is none, or too large to look into. */
export function jsonBody(request: Pick<SignedRequest, "body" | "json">, maxBytes = maxParsedBytes): unknown {
  if (request.json !== undefined) return request.json;
  return request.body.length > maxBytes ? undefined : parseJson(request.body.toString("utf8"));
}

export function isForm(request: RequestHead): boolean {
  return /^application\/x-www-form-urlencoded\b/i.test(readHeader(request, "content-type") ?? "");
}

/** The fields of a form body; empty when it is none, or too large to look into. */
export function formBody(request: SignedRequest): URLSearchParams {
  const isReadable = isForm(request) && request.body.length <= maxParsedBytes;
  return new URLSearchParams(isReadable ? request.body.toString("utf8") : "");
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The value at a path, whatever shape the JSON turned out to have. */
export function field(value: unknown, ...path: readonly (string | number)[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== "object" || current === null) return undefined;
    current = (current as Record<string | number, unknown>)[key];
  }
  return current;
}

/** The value that a list's items agree on, at a path in each; undefined when they differ or there are none. */
export function fieldOfAll(list: unknown, ...path: readonly string[]): unknown {
  if (!Array.isArray(list)) return undefined;
  const [first, ...others] = new Set(list.map((item) => field(item, ...path)));
  return others.length === 0 ? first : undefined;
}

/** The value at a path in the only item of a list; undefined when the list holds any other number of items. */
export function fieldOfOnly(list: unknown, ...path: readonly string[]): unknown {
  return Array.isArray(list) && list.length === 1 ? field(list[0], ...path) : undefined;
}
