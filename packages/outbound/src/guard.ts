import type { LookupAddress, LookupOptions } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { callbackify } from "node:util";
import ipaddr from "ipaddr.js";
import { Agent, buildConnector } from "undici";
import { createLookUp } from "./look-up.ts";

/** An address is not one that Condo connects to. */
export class ForbiddenAddress extends Error {
  constructor(address: string) {
    super(`${address} is not a public address, and OUTBOUND_ALLOW does not name it`);
  }
}

/** All of IPv6 that IANA gives out; what is outside it may embed an IPv4 address, as `::127.0.0.1` does. */
const globalUnicast = ipaddr.IPv6.parseCIDR("2000::/3");

/** Tells whether an address may be dialled: public unicast, or in a range that the operator allows. */
export function createAddressRule(allowedRanges: readonly string[]): (address: string) => boolean {
  const ranges = allowedRanges.map((range) => ipaddr.parseCIDR(range));
  return (address) => {
    if (!ipaddr.isValid(address)) return false;
    const exact = ipaddr.parse(address);
    if (isPublic(exact)) return true;
    // An allowed IPv4 range also covers its IPv4-mapped form.
    const plain = ipaddr.process(address);
    return ranges.some(([range, bits]) => range.kind() === plain.kind() && plain.match(range, bits));
  };
}

/** ipaddr.js calls unicast whatever it knows no range of, which in IPv6 is most. */
function isPublic(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  if (address.range() !== "unicast") return false;
  return address instanceof ipaddr.IPv4 || address.match(globalUnicast);
}

/**
 * An agent that checks the address it dials, not the name: literals when the connection is made, names by what they
 * resolve to at that moment, so a name that is bound anew can't lead inside.
 */
export function createGuardedAgent(options: {
  isAllowed: (address: string) => boolean;
  connectTimeoutMs: number;
  /** Bytes of an answer's body at most; no limit by default, for a caller that reads no further than it wants. */
  maxResponseBytes?: number;
  /** Name servers to ask; the system's by default. */
  nameServers?: readonly string[];
}): Agent {
  const { isAllowed, nameServers = [] } = options;
  const lookUp = createLookUp(nameServers);
  const allowedOf = callbackify(async (hostname: string, lookupOptions: LookupOptions) => {
    const addresses = await lookUp(hostname, lookupOptions);
    const forbidden = addresses.find(({ address }) => !isAllowed(address));
    if (forbidden) throw new ForbiddenAddress(forbidden.address);
    return addresses;
  });
  const lookup: LookupFunction = (hostname: string, lookupOptions: LookupOptions, callback) => {
    allowedOf(hostname, lookupOptions, (error: Error | null, addresses: LookupAddress[]) => {
      if (error) return callback(error, []);
      const [first] = addresses;
      if (lookupOptions.all) return callback(null, addresses);
      if (!first) return callback(new Error(`${hostname} has no address`), []);
      return callback(null, first.address, first.family);
    });
  };
  const connect = buildConnector({ timeout: options.connectTimeoutMs, lookup });
  return new Agent({
    connections: 64,
    pipelining: 1,
    keepAliveTimeout: 10_000,
    maxResponseSize: options.maxResponseBytes ?? -1,
    connect(target, callback) {
      // A literal is never looked up.
      const literal = target.hostname.replace(/^\[|\]$/g, "");
      if (isIP(literal) && !isAllowed(literal)) return callback(new ForbiddenAddress(literal), null);
      return connect(target, callback);
    },
  });
}
