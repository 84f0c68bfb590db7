import { Resolver } from "node:dns/promises";
import type { TenantDomain } from "@condo/schema";
import { dnsAway } from "./errors.ts";

/** Asks DNS for the texts of a name's TXT records; throws with a code of `node:dns` where there is none. */
export type ResolveTxt = (name: string) => Promise<string[][]>;

const timeoutMs = 2_000;
const tries = 2;
/** What DNS says when it knows that there is no such record. */
const absent = new Set(["ENOTFOUND", "ENODATA"]);

/** @param servers addresses of resolvers; the system's own when there are none */
export function createTxtResolver(servers: readonly string[]): ResolveTxt {
  const resolver = new Resolver({ timeout: timeoutMs, tries });
  if (servers.length > 0) resolver.setServers(servers);
  return (name) => resolver.resolveTxt(name);
}

/** The TXT record by which a tenant proves that it can write what DNS says of the domain. */
export function recordOf({ domain, token }: Pick<TenantDomain, "domain" | "token">) {
  return { name: `_condo-challenge.${domain}`, value: `condo-verification=${token}` };
}

/**
 * Whether DNS has the record at this moment.
 *
 * @throws Problem 503 when DNS does not say
 */
export async function isProven(domain: TenantDomain, resolveTxt: ResolveTxt): Promise<boolean> {
  const { name, value } = recordOf(domain);
  try {
    return (await resolveTxt(name)).some((parts) => parts.join("") === value);
  } catch (error) {
    if (absent.has(String((error as { code?: unknown }).code))) return false;
    throw dnsAway(error);
  }
}
