const goodForMs = 1_000;
const mostRemembered = 10_000;

/** Tells which tenant a domain stands for; null for one that is no tenant's. */
export type TenantDirectory = (domain: string) => Promise<string | null>;

/**
 * Asks once a second for a domain, however many requests want to know, and remembers it for that second: a
 * change shows within a second whether its event is heard or not.
 *
 * @param ask the record itself
 */
export function createTenantDirectory(
  ask: TenantDirectory,
  now: () => number = () => performance.now(),
): TenantDirectory {
  const remembered = new Map<string, { askedAt: number; answer: Promise<string | null> }>();

  return (domain) => {
    const known = remembered.get(domain);
    if (known && now() - known.askedAt < goodForMs) return known.answer;
    remembered.delete(domain);
    const [oldest] = remembered.keys();
    if (remembered.size >= mostRemembered && oldest !== undefined) remembered.delete(oldest);
    const answer = ask(domain);
    const entry = { askedAt: now(), answer };
    remembered.set(domain, entry);
    // What can't be told is asked again by the next request.
    answer.catch(() => remembered.get(domain) === entry && remembered.delete(domain));
    return answer;
  };
}
