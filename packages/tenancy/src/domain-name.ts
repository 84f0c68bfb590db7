import { domainToASCII } from "node:url";
import { invalid } from "@condo/http";
import { z } from "zod";

const shape = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * A domain that can be somebody's own, as DNS has it: in ASCII (IDNA) and lower case, so that what looks alike is told
 * apart, and is never taken for another.
 */
export const domainName = z
  .string()
  .trim()
  .min(1)
  .max(253)
  // What else there is in a URL, a path or a port, would be cut off unseen.
  .regex(/^[\p{L}\p{M}\p{N}.\-\u3002\uff0e\uff61]+$/u, "should have letters, digits, hyphens and dots")
  .transform((given) => domainToASCII(given.replace(/\.$/, "")))
  .refine(
    (name) => name.length <= 253 && shape.test(name),
    "should be a whole domain name, such as hooks.example.com",
  );

/** @throws Problem for the installation's own host, and what is below it, where subdomains are tenants' slugs */
export function assertNotOurs(path: string, domain: string, baseHost: string): void {
  if (domain === baseHost || domain.endsWith(`.${baseHost}`)) {
    throw invalid(path, "is below the host of this installation");
  }
}
