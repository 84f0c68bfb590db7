import { Resolver } from "node:dns/promises";
import { isIP } from "node:net";
import type { TenantDomain } from "@condo/schema";
import { z } from "zod";
import { dnsAway } from "./problems.ts";

/** Asks DNS for the texts of a name's TXT records; throws with a code of `node:dns` where there is none. */
export type ResolveTxt = (name: string) => Promise<string[][]>;

const defaultTimeoutMs = 2_000;
const tries = 2;
/** What DNS says when it knows that there is no such record. */
const absent = new Set(["ENOTFOUND", "ENODATA"]);
const valuePrefix = "condo-verification=";

/** The variable that names the resolvers to ask. */
export const dnsServers = z
  .string()
  .default("")
  .transform((list) =>
    list
      .split(",")
      .map((entry) => entry.trim())
      .filter(Boolean),
  )
  .refine(
    (servers) => servers.every(isResolver),
    "should be IP addresses, with a port or not, with commas between",
  )
  .describe("Resolvers that are asked whether a domain is a tenant's; the system's own by default");

/** As `Resolver.setServers` takes it: `192.0.2.1`, `192.0.2.1:53`, `[2001:db8::1]:53`. */
function isResolver(server: string): boolean {
  const [, bracketed, plain] = /^(?:\[([^\]]+)\]|([^[\]]+?))(?::\d{1,5})?$/.exec(server) ?? [];
  return isIP(server) > 0 || isIP(bracketed ?? plain ?? "") > 0;
}

/**
 * @param servers addresses of resolvers; the system's own when there are none
 * @param timeoutMs how long the first of two tries waits for an answer
 */
export function createTxtResolver(servers: readonly string[], timeoutMs = defaultTimeoutMs): ResolveTxt {
  const resolver = new Resolver({ timeout: timeoutMs, tries });
  if (servers.length > 0) resolver.setServers(servers);
  return (name) => resolver.resolveTxt(name);
}

/** The TXT record by which a tenant proves that it can write what DNS says of the domain. */
export function recordOf({ domain, token }: Pick<TenantDomain, "domain" | "token">) {
  return { name: `_condo-challenge.${domain}`, value: `${valuePrefix}${token}` };
}

/**
 * The tokens that DNS has for a domain at this moment: whose is among them has proven it.
 *
 * @throws Problem 503 when DNS does not say, which is no sign that a record is gone
 */
export async function provenTokens(domain: string, resolveTxt: ResolveTxt): Promise<ReadonlySet<string>> {
  try {
    const texts = await resolveTxt(recordOf({ domain, token: "" }).name);
    const values = texts.map((parts) => parts.join("")).filter((text) => text.startsWith(valuePrefix));
    return new Set(values.map((value) => value.slice(valuePrefix.length)));
  } catch (error) {
    if (absent.has(String((error as { code?: unknown }).code))) return new Set();
    throw dnsAway(error);
  }
}
