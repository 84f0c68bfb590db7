import { SocketAddress } from "node:net";

const groups = 8;
/** Of 16 bits each. */
const groupsOfNetwork = 4;

/**
 * Whom an address counts as: an IPv4 address for itself, however it is written, an IPv6 one for its /64, for its holder
 * has all of that.
 */
export function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  const plain = SocketAddress.parse(`[${address}]`)?.address ?? address.toLowerCase();
  if (plain.startsWith("::ffff:") && plain.includes(".")) return plain.slice("::ffff:".length);
  const [before = [], after] = plain.split("::").map((part) => part.split(":").filter(Boolean));
  const zeros = after ? Array.from({ length: groups - before.length - after.length }, () => "0") : [];
  return [...before, ...zeros, ...(after ?? [])].slice(0, groupsOfNetwork).join(":");
}
