import { isIP } from "node:net";
import type { FastifyRequest } from "fastify";

/** The address of a connection that is gone, which tells none. */
const nowhere = "0.0.0.0";

/**
 * Makes `request.ip` an address as Postgres's `inet` takes it. Fastify takes what a trusted proxy writes as it stands: it
 * may have a port, or be no address at all, and the hop that wrote it is the caller then. A socket's own may have a zone.
 */
export function correctAddress(request: FastifyRequest): void {
  const { ip } = request;
  if (isPlain(ip)) return;
  const value = request.ips?.map(plainOf).findLast((address) => address !== undefined) ?? nowhere;
  Object.defineProperty(request, "ip", { value });
}

function isPlain(text: string | undefined): boolean {
  return text !== undefined && isIP(text) !== 0 && !text.includes("%");
}

/** Without brackets, port and zone; undefined for what is no address even so. */
function plainOf(text: string | undefined): string | undefined {
  const plain = text
    ?.replace(/^\[([^\]]*)\](:\d+)?$/, "$1")
    .replace(/^([\d.]+):\d+$/, "$1")
    .replace(/%.*$/, "");
  return isPlain(plain) ? plain : undefined;
}
