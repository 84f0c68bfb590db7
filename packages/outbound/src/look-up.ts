import { type LookupAddress, type LookupOptions } from "node:dns";
import { lookup as lookUpBySystem, Resolver } from "node:dns/promises";
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import { setTimeout as delay } from "node:timers/promises";

/** How long the first of two tries waits for a name server. */
const tryMs = 1_500;
const tries = 2;
/** How much longer the addresses of the other family may take (RFC 8305, 3). */
const otherFamilyMs = 50;
/** What the system may still know: it has sources of its own, or takes short names for longer ones. */
const unknown = new Set(["ENOTFOUND", "ENODATA", "ECONNREFUSED"]);

export type LookUp = (hostname: string, options: LookupOptions) => Promise<LookupAddress[]>;

/**
 * Finds the addresses of a name, none of them kept. The system's own look-up holds one of the process's few threads until
 * it gives up, and password hashes, files and everybody's look-ups wait for these: a tenant's name whose server says nothing
 * would stop them all. So name servers are asked past it, and the system for the rest, by one thread. What an operator writes
 * into the machine's file of hosts goes before both, as it does everywhere (hosts(5)).
 *
 * @param servers name servers; the system's when there are none
 */
export function createLookUp(servers: readonly string[], hostsFile = "/etc/hosts"): LookUp {
  let turn: Promise<unknown> = Promise.resolve();

  function askSystem(hostname: string, options: LookupOptions): Promise<LookupAddress[]> {
    const found = turn.then(() => lookUpBySystem(hostname, { ...options, all: true }));
    turn = found.catch(() => undefined);
    return found;
  }

  return async (hostname, options) => {
    if (!hostname.includes(".")) return askSystem(hostname, options);
    const written = await inHostsFile(hostname, hostsFile);
    if (written.length > 0) return written;
    try {
      return await askServers(hostname, servers);
    } catch (error) {
      if (!unknown.has(codeOf(error))) throw error;
      return askSystem(hostname, options);
    }
  };
}

async function inHostsFile(hostname: string, file: string): Promise<LookupAddress[]> {
  // Not every machine has one, or has it there.
  const text = await readFile(file, "utf8").catch(() => "");
  return text.split("\n").flatMap((line) => {
    const [address = "", ...names] = line.replace(/#.*/, "").trim().split(/\s+/);
    const family = isIP(address);
    const isMeant = family > 0 && names.some((name) => name.toLowerCase() === hostname.toLowerCase());
    return isMeant ? [{ address, family }] : [];
  });
}

async function askServers(hostname: string, servers: readonly string[]): Promise<LookupAddress[]> {
  // A new one for each name: it reads anew which name servers the system has.
  const resolver = new Resolver({ timeout: tryMs, tries });
  if (servers.length > 0) resolver.setServers(servers);
  const found: LookupAddress[][] = [];
  const asked = ownFamilies().map(async (family, place) => {
    const addresses = await (family === 4 ? resolver.resolve4(hostname) : resolver.resolve6(hostname));
    found[place] = addresses.map((address) => ({ address, family }));
  });
  try {
    await Promise.any(asked);
    await Promise.race([Promise.allSettled(asked), delay(otherFamilyMs)]);
    return found.flat();
  } catch (error) {
    const { errors } = error as AggregateError;
    throw errors.find((each) => !unknown.has(codeOf(each))) ?? errors[0];
  } finally {
    resolver.cancel();
  }
}

/** Of addresses that it could not dial, this machine would wait for each (AI_ADDRCONFIG of RFC 3493). */
function ownFamilies(): (4 | 6)[] {
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const outside = own.filter(({ internal, address }) => !internal && !address.startsWith("fe80:"));
  const families = ([4, 6] as const).filter((family) =>
    outside.some((address) => address.family === `IPv${family}`),
  );
  return families.length > 0 ? families : [4, 6];
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | undefined)?.code);
}
