import { isIP } from "node:net";
import type { FastifyRequest } from "fastify";

/**
 * Every tenant that a request names outside its token: by `X-Tenant-ID` (id or slug) and by subdomain of `baseHost`.
 * Lower case, without duplicates.
 */
export function tenantsNamed(request: FastifyRequest, baseHost: string): string[] {
  const header = request.headers["x-tenant-id"];
  const named = typeof header === "string" && header.trim() !== "" ? [header.trim().toLowerCase()] : [];
  const subdomain = subdomainOf(request.hostname, baseHost);
  if (subdomain !== undefined && !named.includes(subdomain)) named.push(subdomain);
  return named;
}

/** The label before `baseHost`; undefined when the host is another, or the base itself. */
export function subdomainOf(hostname: string, baseHost: string): string | undefined {
  const host = plainHost(hostname);
  const suffix = `.${baseHost}`;
  return host.endsWith(suffix) ? host.slice(0, -suffix.length) : undefined;
}

/** A host that may be a tenant's own: a name with a dot that is neither `baseHost`, below it, nor an address. */
export function ownDomain(hostname: string, baseHost: string): string | undefined {
  const host = plainHost(hostname);
  if (host === baseHost || host.endsWith(`.${baseHost}`)) return undefined;
  return host.includes(".") && isIP(host) === 0 && !host.startsWith("[") ? host : undefined;
}

/** A name is the same with the dot of the root behind it (RFC 1034, 3.1). */
function plainHost(hostname: string): string {
  const host = hostname.toLowerCase();
  return host.endsWith(".") ? host.slice(0, -1) : host;
}
