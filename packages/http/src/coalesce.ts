/**
 * Answers many single questions with few round trips: questions asked while a load is under way wait for the next one,
 * so an answer is never older than its question. Those who wait for the same have one promise.
 *
 * @param load answers a batch; keys without an answer are left out of the map
 */
export function coalesce<K, V>(
  load: (keys: readonly K[]) => Promise<Map<K, V>>,
): (key: K) => Promise<V | undefined> {
  let waiting = new Map<K, PromiseWithResolvers<V | undefined>>();
  let loading = false;

  async function run(): Promise<void> {
    loading = true;
    while (waiting.size > 0) {
      const batch = waiting;
      waiting = new Map();
      try {
        const found = await load([...batch.keys()]);
        for (const [key, { resolve }] of batch) resolve(found.get(key));
      } catch (error) {
        for (const { reject } of batch.values()) reject(error);
      }
    }
    loading = false;
  }

  return (key) => {
    const asked = waiting.get(key);
    if (asked) return asked.promise;
    const asking = Promise.withResolvers<V | undefined>();
    waiting.set(key, asking);
    // A turn later, so that requests read from several sockets in one turn share the first load too.
    if (!loading && waiting.size === 1) setImmediate(() => void run());
    return asking.promise;
  };
}
