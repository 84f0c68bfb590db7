import { isOfConnection } from "@condo/webhooks";
import { z } from "zod";

export const headersLimit = 20;

/** Of how a body is written, or said by Condo itself or on the way. */
const reserved = new Set([
  "accept-encoding",
  "content-encoding",
  "content-type",
  "cookie",
  "date",
  "forwarded",
  "user-agent",
  "via",
]);
const reservedPrefixes = ["webhook-", "condo-", "x-forwarded-", "sec-", "svix-"];

const name = z
  .string()
  .min(1)
  .max(64)
  .toLowerCase()
  .regex(/^[a-z0-9!#$%&'*+.^_`|~-]+$/, "should be the name of a header")
  .refine(
    (given) =>
      !isOfConnection(given) &&
      !reserved.has(given) &&
      !reservedPrefixes.some((prefix) => given.startsWith(prefix)),
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
