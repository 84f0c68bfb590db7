import { z } from "zod";

export const headersLimit = 20;

/** Of one connection or one body (RFC 9110), or said by Condo itself. */
const reserved = new Set([
  "accept-encoding",
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "cookie",
  "date",
  "expect",
  "forwarded",
  "host",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "user-agent",
  "via",
]);
const reservedPrefixes = ["webhook-", "condo-", "proxy-", "x-forwarded-", "sec-", "svix-"];

const name = z
  .string()
  .min(1)
  .max(64)
  .toLowerCase()
  .regex(/^[a-z0-9!#$%&'*+.^_`|~-]+$/, "should be the name of a header")
  .refine(
    (given) => !reserved.has(given) && !reservedPrefixes.some((prefix) => given.startsWith(prefix)),
    "is a header that Condo or the connection decides on",
  );

const value = z
  .string()
  .max(2_048)
  .regex(/^[\x21-\x7e]([\t\x20-\x7e]*[\x21-\x7e])?$/, "should be printable ASCII on one line");

/** Headers that go with every delivery of a destination. Their values may be credentials. */
export const extraHeaders = z
  .record(name, value)
  .refine((headers) => Object.keys(headers).length <= headersLimit, `should be ${headersLimit} at most`);

/** A change of them: null takes a header away, and what is not named stays. */
export const headerChanges = z
  .record(name, value.nullable())
  .refine((headers) => Object.keys(headers).length <= headersLimit, `should be ${headersLimit} at most`);
